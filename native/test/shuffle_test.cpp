#include "../core/shuffle.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>

#include "../core/isa.h"
#include "../core/philox.h"
#include "error_code.h"
#include "test_teams.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

TeamOfOne alone;

constexpr ShuffleKey test_key{{0x12345678, 0x9abcdef0}, 0, 0};

/// σ with shuffled[j] = original[σ[j]], the elements appended in pieces.
std::vector<uint32_t> permutation(const ShuffleKey& key, uint64_t count, uint64_t piece,
                                  uint64_t bucket_target = shuffle_bucket_target, Team& team = alone) {
  std::vector<uint32_t> positions(count);
  std::iota(positions.begin(), positions.end(), 0u);
  std::vector<uint32_t> sigma(count);
  BucketShuffle shuffle(key, count, sizeof(uint32_t), sigma.data(), bucket_target);
  for (uint64_t at = 0; at < count; at += piece) {
    shuffle.append(positions.data() + at, std::min(piece, count - at));
  }
  shuffle.finish(team);
  return sigma;
}

/// h ← 31·h + σ[j] modulo 2^32.
uint32_t checksum(const std::vector<uint32_t>& sigma) {
  uint32_t hash = 0;
  for (const uint32_t position : sigma) hash = hash * 31 + position;
  return hash;
}

bool is_permutation_of_all(std::vector<uint32_t> sigma) {
  std::sort(sigma.begin(), sigma.end());
  for (uint64_t i = 0; i < sigma.size(); ++i) {
    if (sigma[i] != i) return false;
  }
  return true;
}

template <class Code>
bool moves_codes_as(const std::vector<uint32_t>& sigma) {
  std::vector<Code> codes(sigma.size());
  for (uint64_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<Code>(i * 0x9e3779b97f4a7c15u >> 7);
  std::vector<Code> shuffled(codes.size());
  BucketShuffle shuffle(test_key, codes.size(), sizeof(Code), shuffled.data());
  shuffle.append(codes.data(), codes.size());
  shuffle.finish(alone);
  for (uint64_t j = 0; j < codes.size(); ++j) {
    if (shuffled[j] != codes[sigma[j]]) return false;
  }
  return true;
}

/// Number of a permutation of 5 among the 120, by its Lehmer code.
size_t rank_of(const std::vector<uint32_t>& sigma) {
  size_t rank = 0;
  for (size_t i = 0; i < 5; ++i) {
    size_t smaller = 0;
    for (size_t j = i + 1; j < 5; ++j) smaller += sigma[j] < sigma[i] ? 1 : 0;
    rank = rank * (5 - i) + smaller;
  }
  return rank;
}

template <class Counts>
double chi_square(const Counts& counts, double expected) {
  double sum = 0;
  for (const int count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

}  // namespace

// The same literals stand in test/spectrum/shuffle.test.ts; a third implementation, in Python, gave them too.
TEST_CASE("known answers, one bucket and many, taps and replicas") {
  struct Answer {
    uint64_t count;
    uint32_t tap, replica;
    uint32_t checksum;
    std::array<uint32_t, 4> first;
    uint32_t last;
  };
  const Answer answers[] = {
      {5, 0, 0, 2889760, {3, 4, 0, 1}, 2},
      {1000, 0, 0, 1101245892, {814, 478, 148, 123}, 584},
      {32769, 1, 2, 2484786248, {5645, 21535, 5031, 8026}, 12604},
      {100003, 0, 0, 1722678485, {75531, 605, 77161, 16472}, 86259},
      {100003, 0, 1, 2109683535, {14510, 69818, 99802, 81249}, 85935},
      {100003, 3, 0, 3103596351, {93294, 54938, 93039, 12661}, 39839},
      {1000000, 0, 0, 2088603124, {810097, 79101, 927354, 403974}, 746394},
  };
  for (const Answer& answer : answers) {
    CAPTURE(answer.count);
    const ShuffleKey key{{test_key.words[0], test_key.words[1]}, answer.tap, answer.replica};
    const auto sigma = permutation(key, answer.count, 30'001);
    CHECK(checksum(sigma) == answer.checksum);
    CHECK(std::equal(answer.first.begin(), answer.first.end(), sigma.begin()));
    CHECK(sigma.back() == answer.last);
    CHECK(is_permutation_of_all(sigma));
  }
  CHECK(checksum(permutation(test_key, 7, 7, 64)) == 2836137831);
  CHECK(checksum(permutation(test_key, 5000, 5000, 64)) == 3058820624);
}

TEST_CASE("the pieces elements arrive in do not matter") {
  const auto whole = permutation(test_key, 10'000, 10'000, 512);
  for (const uint64_t piece : {1u, 3u, 8u, 1000u, 2049u}) {
    CAPTURE(piece);
    CHECK(permutation(test_key, 10'000, piece, 512) == whole);
  }
}

TEST_CASE("codes of every width are moved by the same permutation") {
  const auto sigma = permutation(test_key, 70'001, 70'001);
  CHECK(moves_codes_as<uint8_t>(sigma));
  CHECK(moves_codes_as<uint16_t>(sigma));
  CHECK(moves_codes_as<uint32_t>(sigma));
  CHECK(moves_codes_as<uint64_t>(sigma));
}

TEST_CASE("no element and one element") {
  CHECK(permutation(test_key, 0, 1).empty());
  CHECK(permutation(test_key, 1, 1) == std::vector<uint32_t>{0});
}

TEST_CASE("all 120 permutations of 5 are equally likely, in one bucket and in up to eight") {
  for (const uint64_t target : {shuffle_bucket_target, uint64_t{1}}) {
    CAPTURE(target);
    std::array<int, 120> counts{};
    for (uint32_t trial = 0; trial < 120'000; ++trial) {
      ++counts[rank_of(permutation({{trial, 99}, 0, 0}, 5, 5, target))];
    }
    // 119 degrees of freedom: mean 119, deviation 15.4; the bounds are 4 deviations away.
    CHECK(chi_square(counts, 1000) < 181);
    CHECK(chi_square(counts, 1000) > 57);
  }
}

TEST_CASE("replicas of one key are equally likely too") {
  std::array<int, 120> counts{};
  for (uint32_t replica = 0; replica < 120'000; ++replica) {
    ++counts[rank_of(permutation({{1, 2}, 3, replica}, 5, 5, 2))];
  }
  CHECK(chi_square(counts, 1000) < 181);
  CHECK(chi_square(counts, 1000) > 57);
}

TEST_CASE("every element is equally likely at every position, over many buckets") {
  constexpr uint64_t count = 100;
  std::vector<int> counts(count * count);
  for (uint32_t trial = 0; trial < 20'000; ++trial) {
    const auto sigma = permutation({{trial, 7}, 0, 0}, count, count, 16);
    for (uint64_t j = 0; j < count; ++j) ++counts[j * count + sigma[j]];
  }
  // 99² degrees of freedom: mean 9801, deviation 140.
  CHECK(chi_square(counts, 200) < 9801 + 4 * 140);
  CHECK(chi_square(counts, 200) > 9801 - 4 * 140);
}

TEST_CASE("neighbours are separated: their distance is that of two random positions") {
  constexpr uint64_t count = 3000;
  std::array<int, 10> counts{};
  for (uint32_t trial = 0; trial < 60; ++trial) {
    const auto sigma = permutation({{trial, 8}, 0, 0}, count, count, 64);
    // (σ[j + 1] − σ[j]) modulo count − a circular distance, uniform on 1 … count − 1.
    for (uint64_t j = 0; j + 1 < count; ++j) {
      const uint64_t distance = (sigma[j + 1] + count - sigma[j]) % count;
      ++counts[distance * 10 / count];
    }
  }
  // 9 degrees of freedom, nearly: P(χ² > 33) = 1e-4.
  CHECK(chi_square(counts, 60 * (count - 1) / 10.0) < 33);
}

TEST_CASE("an original position is found without the permutation") {
  struct Case {
    uint64_t count, target;
  };
  for (const Case& c : {Case{1, 32768}, Case{9, 1}, Case{1000, 64}, Case{100'003, shuffle_bucket_target}}) {
    CAPTURE(c.count);
    const auto sigma = permutation(test_key, c.count, c.count, c.target);
    const uint64_t step = std::max<uint64_t>(c.count / 17, 1);
    for (uint64_t j = 0; j < c.count; j += step) {
      CHECK(original_position(test_key, c.count, j, c.target) == sigma[j]);
    }
    CHECK(original_position(test_key, c.count, c.count - 1, c.target) == sigma.back());
    if (c.target != shuffle_bucket_target) continue;
    std::vector<uint32_t> all(c.count);
    TeamOfOne alone;
    original_positions(test_key, c.count, all.data(), alone);
    CHECK(std::equal(all.begin(), all.end(), sigma.begin(), sigma.end()));
  }
  CHECK_THROWS_AS(original_position(test_key, 5, 5), std::logic_error);
}

TEST_CASE("the permutation does not depend on who shuffles inside the buckets") {
  const std::vector<uint32_t> sigma = permutation(test_key, 50'000, 50'000, 1000);
  ReversedTeam reversed;
  TeamOfTwo two;
  CHECK(permutation(test_key, 50'000, 50'000, 1000, reversed) == sigma);
  CHECK(permutation(test_key, 50'000, 50'000, 1000, two) == sigma);
  CHECK(reversed.most_tasks == 64);
}

TEST_CASE("what cannot be shuffled is refused, what is misused too") {
  CHECK(error_code([] { BucketShuffle(test_key, uint64_t{1} << 32, 2, nullptr); }) == "SHUFFLE_TOO_LARGE");
  uint16_t codes[3] = {1, 2, 3};
  uint16_t out[3];
  BucketShuffle shuffle(test_key, 3, 2, out);
  shuffle.append(codes, 2);
  CHECK_THROWS_AS(shuffle.finish(alone), std::logic_error);
  CHECK_THROWS_AS(shuffle.append(codes, 2), std::logic_error);
}

TEST_CASE("a bucket of 2^21 elements is too many") {
  // One bucket: its size is the count. (2048 buckets would take 4 billion elements.)
  const uint64_t limit = uint64_t{1} << 21;
  CHECK(error_code([&] { BucketShuffle(test_key, limit, 2, nullptr, limit); }) == "SHUFFLE_TOO_LARGE");
  CHECK(error_code([&] { BucketShuffle(test_key, limit - 1, 2, nullptr, limit); }).empty());
}

TEST_CASE("draws of every instruction set are the products' upper halves, and the doubtful are found") {
  constexpr uint64_t most = 300;
  std::vector<uint32_t> words(4 * most);
  philox4x32_blocks(0, most, {1, 2, 3}, {4, 5}, words.data());
  for (const simd::Stages* stages : available_stages()) {
    CAPTURE(stages->name);
    for (uint64_t count = 0; count <= most; ++count) {
      CAPTURE(count);
      const auto size = static_cast<uint32_t>(count % 3 == 0 ? count : 2'000'000 - count);
      std::vector<uint32_t> expected(count + 1, 12345);
      bool certain = true;
      for (uint64_t k = 0; k < count; ++k) {
        const uint64_t product = uint64_t{words[k]} * (size - k);
        expected[k] = static_cast<uint32_t>(product >> 32);
        certain = certain && static_cast<uint32_t>(product) >= size;
      }
      std::vector<uint32_t> draws(count + 1, 12345);
      CHECK(stages->draw_below(words.data(), count, size, draws.data()) == certain);
      CHECK(draws == expected);
    }
    // One doubtful word is found wherever it stands.
    for (uint32_t at = 0; at < 70; ++at) {
      CAPTURE(at);
      const uint32_t size = (1u << 20) + at;
      std::vector<uint32_t> doubtful(70, 1u << 11);  // times about 2^20: the lower halves are about 2^31
      std::vector<uint32_t> draws(70);
      CHECK(stages->draw_below(doubtful.data(), 70, size, draws.data()));
      doubtful[at] = 1u << 12;  // times size − at = 2^20: the lower half is 0
      CHECK_FALSE(stages->draw_below(doubtful.data(), 70, size, draws.data()));
    }
  }
}
