#include "../core/screen.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>

#include "../core/block_reader.h"
#include "../core/decode.h"
#include "../core/isa.h"
#include "../core/tap_moments.h"
#include "error_code.h"
#include "random_matrix.h"
#include "temporary_file.h"
#include "test_teams.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

const std::atomic<bool> go_on{false};

uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

std::vector<uint8_t> bf16_bytes(const std::vector<float>& values) {
  std::vector<uint8_t> bytes;
  for (const float value : values) {
    const uint16_t code = to_bf16(value);
    bytes.push_back(static_cast<uint8_t>(code));
    bytes.push_back(static_cast<uint8_t>(code >> 8));
  }
  return bytes;
}

Matrix bf16_matrix(const TemporaryFile& file, uint64_t rows, uint64_t cols) {
  Matrix matrix;
  matrix.name = "bf16";
  matrix.rows = rows;
  matrix.cols = cols;
  matrix.encoding = Encoding::bf16;
  matrix.bytes = file.range(0, 2 * rows * cols);
  matrix.strides = {0, cols, 1, 0};
  return matrix;
}

/// Counts and extremes equal, sums within `tolerance` of Σ|w − shift|^k, both about the shift of `found`.
void check_against(const Matrix& matrix, const std::vector<MomentSums>& taps, double tolerance) {
  REQUIRE(taps.size() == matrix.taps);
  BlockReader reader(matrix);
  for (uint64_t tap = 0; tap < matrix.taps; ++tap) {
    const MomentSums& found = taps[tap];
    std::vector<std::byte> codes(matrix.count() * code_width(matrix.encoding));
    reader.read(tap, 0, matrix.rows, 0, matrix.cols, codes.data());
    std::vector<double> values(matrix.count());
    decode(matrix.encoding, codes.data(), matrix.count(), values.data());
    StageSeconds seconds;
    const MomentSums expected = tap_moments(reader, matrix, tap, seconds).moments;
    CHECK(found.count == expected.count);
    CHECK(found.zeros == expected.zeros);
    for (int k = 1; k <= 4; ++k) {
      CAPTURE(k);
      long double sum = 0;
      long double size = 0;
      for (const double w : values) {
        const long double term = std::pow(static_cast<long double>(w) - found.shift, k);
        sum += term;
        size += std::abs(term);
      }
      CHECK(std::abs(static_cast<double>(found.sums[static_cast<size_t>(k - 1)] - sum)) <=
            tolerance * static_cast<double>(size));
    }
    CHECK(found.sum_squares == doctest::Approx(expected.sum_squares).epsilon(4 * tolerance));
    const auto same = [](const Extreme& a, const Extreme& b) {
      return a.value == b.value && a.position == b.position;
    };
    const auto equal = [&](const std::vector<Extreme>& a, const std::vector<Extreme>& b) {
      return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
    };
    CHECK(equal(found.largest, expected.largest));
    CHECK(equal(found.smallest, expected.smallest));
  }
}

std::vector<MomentSums> screened(const Matrix& matrix, uint64_t extremes = extreme_count) {
  TeamOfOne alone;
  return screen(matrix, extremes, go_on, alone);
}

using Law = std::function<float(float normal, uint64_t index)>;

struct Case {
  const char* name;
  Law law;
};

const Case cases[] = {
    {"normal", [](float z, uint64_t) { return 0.02f * z; }},
    {"one outlier", [](float z, uint64_t i) { return i == 70'001 ? -1.9268f : 0.018f * z; }},
    {"constant", [](float, uint64_t) { return 0.37f; }},
    {"zero", [](float, uint64_t i) { return i % 3 == 0 ? -0.0f : 0.0f; }},
    {"a mean of a hundred deviations", [](float z, uint64_t) { return 3 + 0.03f * z; }},
    {"all negative", [](float z, uint64_t) { return -1 - std::abs(z); }},
    {"all positive", [](float z, uint64_t) { return 1e-3f + std::abs(z); }},
    {"subnormal", [](float z, uint64_t) { return 1e-39f * z; }},
    {"tiny", [](float z, uint64_t) { return 1e-12f * z; }},
    {"huge", [](float z, uint64_t) { return 1e18f * z; }},
    {"scales from group to group",
     [](float z, uint64_t i) { return std::ldexp(z, static_cast<int>(i / 777 % 90) - 45); }},
    {"few values", [](float z, uint64_t) { return std::round(2 * std::clamp(z, -1.5f, 1.5f)); }},
    {"a first row of zeros", [](float z, uint64_t i) { return i < 430 ? 0 : 5 + z; }},
};

std::vector<float> values_of(const Case& one, uint64_t count) {
  std::vector<float> values = random_matrix<float>(1, count, 11);
  for (uint64_t i = 0; i < count; ++i) values[i] = one.law(values[i], i);
  return values;
}

}  // namespace

TEST_CASE("screening BF16 gives the moments and extremes of the float64 pass") {
  const uint64_t rows = 301;  // neither whole groups nor whole reads
  const uint64_t cols = 430;
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const TemporaryFile file(bf16_bytes(values_of(one, rows * cols)));
    const Matrix matrix = bf16_matrix(file, rows, cols);
    check_against(matrix, screened(matrix), 1e-6);
  }
}

TEST_CASE("screening float32 gives the moments and extremes of the float64 pass") {
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const auto values = values_of(one, 130'000);
    check_against(memory_matrix(values, 130, 1000), screened(memory_matrix(values, 130, 1000)), 1e-6);
    check_against(memory_matrix(values, 13, 1000, 10), screened(memory_matrix(values, 13, 1000, 10)), 1e-6);
  }
}

TEST_CASE("float64 goes through the float64 pass") {
  const auto values = random_matrix<double>(100, 90, 3);
  check_against(memory_matrix(values, 100, 90), screened(memory_matrix(values, 100, 90)), 1e-14);
}

TEST_CASE("a few extremes are the first of many") {
  const auto values = values_of(cases[0], 130'000);
  const auto doubles = random_matrix<double>(100, 90, 3);
  const TemporaryFile file(bf16_bytes(values));
  for (const Matrix& matrix :
       {bf16_matrix(file, 130, 1000), memory_matrix(values, 130, 1000), memory_matrix(doubles, 100, 90)}) {
    const MomentSums many = screened(matrix).front();
    for (const uint64_t count : {uint64_t{1}, uint64_t{70}}) {
      const MomentSums few = screened(matrix, count).front();
      CHECK(few.sums == many.sums);
      REQUIRE(few.largest.size() == count);
      REQUIRE(few.smallest.size() == count);
      for (uint64_t i = 0; i < count; ++i) {
        CHECK(few.largest[i].position == many.largest[i].position);
        CHECK(few.smallest[i].position == many.smallest[i].position);
      }
    }
  }
}

TEST_CASE("every instruction set sums, marks and finds the same") {
  auto values = values_of(cases[1], 64 * simd::screen_group);
  values[99] = 0;
  const auto bytes = bf16_bytes(values);
  const auto* codes = reinterpret_cast<const uint16_t*>(bytes.data());
  const auto* words = reinterpret_cast<const uint32_t*>(values.data());
  // A limit that some groups reach: 0.0625 and −0.0625, as BF16 and float32.
  const int32_t at = std::bit_cast<int32_t>(0.0625f);
  const simd::ScreenLimits narrow{at >> 16, ~(at >> 16)};
  const simd::ScreenLimits wide{at, ~at};
  for (const simd::Stages* set : available_stages()) {
    CAPTURE(set->name);
    for (const float shift : {0.0f, 0.01f}) {
      simd::ScreenSums sums16, sums32;
      uint8_t marks16[64], marks32[64];
      set->screen.sum16(codes, 64, shift, narrow, &sums16, marks16);
      set->screen.sum32(words, 64, shift, wide, &sums32, marks32);
      CHECK(sums16.zeros == 1);
      CHECK(sums32.zeros == 1);
      for (uint64_t g = 0; g < 64; ++g) {
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(g * simd::screen_group);
        const bool reached =
            std::any_of(first, first + simd::screen_group, [](float w) { return std::abs(w) >= 0.0625f; });
        CHECK(marks32[g] == (reached ? simd::screen_extreme : 0));
      }
      for (size_t k = 0; k < 4; ++k) {
        double expected = 0, size = 0;
        for (const float w : values) {
          expected += std::pow(static_cast<double>(w) - static_cast<double>(shift), k + 1);
          size += std::pow(std::abs(static_cast<double>(w) - static_cast<double>(shift)), k + 1);
        }
        CHECK(std::abs(sums32.power[k] - expected) <= 1e-6 * size);
      }
    }
    std::vector<uint32_t> found(values.size());
    const uint64_t size = set->screen.find32(words, values.size() - 5, wide, found.data());
    std::vector<uint32_t> expected;
    for (uint32_t i = 0; i < values.size() - 5; ++i) {
      if (std::abs(values[i]) >= 0.0625f) expected.push_back(i);
    }
    found.resize(size);
    CHECK(found == expected);
    std::vector<uint32_t> narrow_found(values.size());
    narrow_found.resize(set->screen.find16(codes, values.size() - 5, narrow, narrow_found.data()));
    std::vector<uint32_t> narrow_expected;
    for (uint32_t i = 0; i < values.size() - 5; ++i) {
      if ((codes[i] & 0x7fff) >= to_bf16(0.0625f)) narrow_expected.push_back(i);
    }
    CHECK(narrow_found == narrow_expected);
  }
}

TEST_CASE("every instruction set with byte shuffles sums and finds MXFP4 codes as one by one") {
  constexpr int halves[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  std::vector<uint8_t> blocks(16 * simd::mxfp4_run);
  std::vector<uint8_t> scales(simd::mxfp4_run);
  std::mt19937 generator(6);
  for (const int fill : {-1, 0x77, 0xff, 0x88, 0x66}) {  // the largest sums of each kind
    CAPTURE(fill);
    for (uint8_t& byte : blocks)
      byte = static_cast<uint8_t>(fill < 0 ? generator() : static_cast<uint32_t>(fill));
    for (uint8_t& scale : scales) scale = static_cast<uint8_t>(120 + generator() % 8 / 7);
    for (const uint64_t count : {uint64_t{0}, uint64_t{1}, uint64_t{45}, simd::mxfp4_run}) {
      std::array<simd::Mxfp4CodeSums, 256> expected{};
      std::vector<uint16_t> chosen;
      std::vector<uint16_t> beyond;
      for (uint64_t b = 0; b < count; ++b) {
        if (scales[b] == 120) chosen.push_back(static_cast<uint16_t>(b));
        simd::Mxfp4CodeSums& to = expected[scales[b]];
        to.blocks += 1;
        for (uint64_t i = 32 * b; i < 32 * b + 32; ++i) {
          const int64_t h = halves[blocks[i / 2] >> (i % 2 * 4) & 15];
          to.zeros += h == 0 ? 1 : 0;
          to.first += h;
          to.second += h * h;
          to.third += h * h * h;
          to.fourth += h * h * h * h;
          if (scales[b] == 120 && (h >= 8 || h <= -12)) beyond.push_back(static_cast<uint16_t>(i));
        }
      }
      for (const simd::Stages* set : available_stages()) {
        CAPTURE(set->name);
        if (set->mxfp4.sum == nullptr) continue;
        std::array<simd::Mxfp4CodeSums, 256> sums{};
        set->mxfp4.sum(blocks.data(), scales.data(), count, 119, 122, sums.data());
        CHECK(std::memcmp(&sums, &expected, sizeof sums) == 0);
        std::vector<uint16_t> selected(count);
        selected.resize(set->mxfp4.select(scales.data(), count, 120, selected.data()));
        CHECK(selected == chosen);
        std::vector<uint16_t> found(32 * count);
        found.resize(set->mxfp4.find(blocks.data(), selected.data(), selected.size(), 8, -12, found.data()));
        std::sort(found.begin(), found.end());
        CHECK(found == beyond);
      }
    }
  }
}

TEST_CASE("screening MXFP4 is exact, whole rows and every second one") {
  const uint64_t rows = 90;
  const uint64_t cols = 2880;
  const uint64_t blocks = rows * cols / 32;
  std::mt19937 generator(4);
  for (const int law : {0, 1, 2}) {
    CAPTURE(law);
    std::vector<uint8_t> bytes(17 * blocks);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(generator());
    for (uint64_t b = 16 * blocks; b < bytes.size(); ++b) {
      if (law == 0) bytes[b] = static_cast<uint8_t>(118 + bytes[b] % 3);
      if (law == 1) bytes[b] = static_cast<uint8_t>(bytes[b] % 253);
      if (law == 2) bytes[b] = 120;
    }
    if (law == 2) std::fill(bytes.begin(), bytes.begin() + 1000, 0x77);
    const TemporaryFile file(bytes);
    Matrix matrix;
    matrix.name = "mxfp4";
    matrix.rows = rows;
    matrix.cols = cols;
    matrix.encoding = Encoding::mxfp4;
    matrix.bytes = file.range(0, 16 * blocks);
    matrix.scales = file.range(16 * blocks, 17 * blocks);
    check_against(matrix, screened(matrix), 1e-14);
    matrix.rows = rows / 2;
    matrix.first_row = 1;
    matrix.row_step = 2;
    check_against(matrix, screened(matrix), 1e-14);
  }
}

TEST_CASE("what has no value is refused by its name and place") {
  std::vector<uint8_t> bytes(17 * 8, 1);
  bytes[16 * 8 + 5] = 255;
  const TemporaryFile packed(bytes);
  Matrix matrix;
  matrix.rows = 4;
  matrix.cols = 64;
  matrix.encoding = Encoding::mxfp4;
  matrix.bytes = packed.range(0, 128);
  matrix.scales = packed.range(128, 136);
  CHECK(error_code([&] { screened(matrix); }) == "MX_SCALE_NAN");

  auto values = random_matrix<float>(100, 100, 5);
  values[4321] = std::numeric_limits<float>::infinity();
  values[77] = std::numeric_limits<float>::quiet_NaN();
  const TemporaryFile file(bf16_bytes(values));
  for (const Matrix& one : {bf16_matrix(file, 100, 100), memory_matrix(values, 100, 100)}) {
    try {
      screened(one);
      FAIL("screened");
    } catch (const Error& error) {
      CHECK(error.code() == "NON_FINITE");
      CHECK(std::string(error.what()) == "1 NaN and 1 infinite entries, the first at row 0, column 77");
    }
  }
  const std::atomic<bool> cancelled{true};
  TeamOfOne alone;
  CHECK(error_code([&] { screen(matrix, extreme_count, cancelled, alone); }) == "ERR_CANCELLED");
}

TEST_CASE("pieces of a large matrix give the same bits whoever takes them") {
  const uint64_t rows = 9000;  // two pieces
  const uint64_t cols = 2048;
  std::vector<uint8_t> bytes(2 * rows * cols);
  std::mt19937 generator(8);
  for (uint64_t i = 0; i < bytes.size(); i += 2) {
    bytes[i] = static_cast<uint8_t>(generator());
    bytes[i + 1] = static_cast<uint8_t>(0x3c | (generator() & 0x80));
  }
  const TemporaryFile file(bytes);
  const Matrix matrix = bf16_matrix(file, rows, cols);
  const auto expected = screened(matrix);
  BlockReader reader(matrix);
  StageSeconds seconds;
  const MomentSums moments = tap_moments(reader, matrix, 0, seconds).moments;
  CHECK(expected[0].sum_squares == doctest::Approx(moments.sum_squares).epsilon(1e-7));
  const auto positions = [](const std::vector<Extreme>& extremes) {
    std::vector<uint64_t> all;
    for (const Extreme& extreme : extremes) all.push_back(extreme.position);
    return all;
  };
  CHECK(positions(expected[0].largest) == positions(moments.largest));
  CHECK(positions(expected[0].smallest) == positions(moments.smallest));
  ReversedTeam reversed;
  TeamOfTwo two;
  for (Team* team : std::initializer_list<Team*>{&reversed, &two}) {
    const auto found = screen(matrix, extreme_count, go_on, *team);
    CHECK(found[0].sums == expected[0].sums);
    CHECK(positions(found[0].largest) == positions(expected[0].largest));
  }
  CHECK(reversed.most_tasks == 2);
}
