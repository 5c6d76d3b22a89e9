#include "../core/shuffled.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "../core/shuffle.h"
#include "largest_difference.h"
#include "random_matrix.h"
#include "test_teams.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

const std::atomic<bool> running{false};
TeamOfOne alone;

ShuffledQuestion question_of(const std::vector<float>& w, uint64_t rows, uint64_t cols, uint32_t replicas) {
  ShuffledQuestion question;
  question.problem.matrix = memory_matrix(w, rows, cols);
  question.problem.key = {12, 34};
  question.problem.replicas = replicas;
  return question;
}

std::vector<double> first_spectrum(const ShuffledQuestion& question) {
  return shuffled_copies(question, running, alone).at(0).eigenvalues;
}

}  // namespace

TEST_CASE("copies of unaltered entries are those of spectra()") {
  const auto w = random_matrix<float>(40, 30, 1);
  ShuffledQuestion question = question_of(w, 40, 30, 2);
  question.first_replica = 1;
  const auto copies = shuffled_copies(question, running, alone);
  question.problem.replicas = 3;
  const auto tap = spectra(question.problem, running, alone).taps.at(0);
  REQUIRE(copies.size() == 2);
  CHECK(copies[0].eigenvalues == tap.shuffled[1]);
  CHECK(copies[1].eigenvalues == tap.shuffled[2]);
  CHECK(copies[0].row_vectors.empty());
}

TEST_CASE("entries are centred, cut off and left out before the shuffle") {
  const auto w = random_matrix<float>(32, 24, 2);
  ShuffledQuestion question = question_of(w, 32, 24, 1);
  question.alteration.centre = 0.25;
  question.alteration.limit = 0.5;
  question.alteration.left_out = {7, 100};
  std::vector<float> altered = w;
  for (float& entry : altered) entry = static_cast<float>(std::clamp<double>(entry - 0.25, -0.5, 0.5));
  altered[7] = altered[100] = 0;
  const auto expected = first_spectrum(question_of(altered, 32, 24, 1));
  CHECK(largest_difference(first_spectrum(question), expected) < 1e-12 * expected.back());
}

TEST_CASE("singular vectors of a shuffled copy, and the entry at their peaks") {
  for (const bool tall : {true, false}) {
    CAPTURE(tall);
    const uint64_t rows = tall ? 60 : 45;
    const uint64_t cols = tall ? 45 : 60;
    auto w = random_matrix<float>(rows, cols, 3);
    const uint64_t planted = 11 * cols + 29;
    w[planted] = 40;
    ShuffledQuestion question = question_of(w, rows, cols, 1);
    question.top = 3;
    const ShuffledCopy copy = shuffled_copies(question, running, alone).at(0);
    REQUIRE(copy.row_vectors.size() == 3 * rows);
    REQUIRE(copy.col_vectors.size() == 3 * cols);
    CHECK(copy.origins.back() == planted);

    // S itself, by the same permutation of the entries.
    std::vector<float> s(w.size());
    BucketShuffle shuffle({{12, 34}, 0, 0}, w.size(), sizeof(float), s.data());
    shuffle.append(w.data(), w.size());
    shuffle.finish(alone);
    const double norm = std::sqrt(copy.eigenvalues.back());
    for (uint64_t k = 0; k < 3; ++k) {
      const double sigma = std::sqrt(copy.eigenvalues[copy.eigenvalues.size() - 3 + k]);
      double off = 0;
      double length = 0;
      for (uint64_t r = 0; r < rows; ++r) {
        double sum = 0;
        for (uint64_t c = 0; c < cols; ++c) sum += s[r * cols + c] * copy.col_vectors[k * cols + c];
        off = std::max(off, std::abs(sum - sigma * copy.row_vectors[k * rows + r]));
        length += copy.row_vectors[k * rows + r] * copy.row_vectors[k * rows + r];
      }
      CHECK(off < 1e-10 * norm);
      CHECK(std::abs(length - 1) < 1e-10);
    }
  }
}

TEST_CASE("altered entries of extreme size stay in range") {
  const auto w = random_matrix<double>(20, 16, 4);
  const auto scaled = [&](double factor) {
    std::vector<double> entries = w;
    for (double& entry : entries) entry *= factor;
    ShuffledQuestion question;
    question.problem.matrix = memory_matrix(entries, 20, 16);
    question.problem.replicas = 1;
    question.alteration.centre = 0.5 * factor;
    return first_spectrum(question);
  };
  const double factor = std::ldexp(1, 400);
  auto huge = scaled(factor);
  for (double& value : huge) value = value / factor / factor;
  CHECK(largest_difference(huge, scaled(1)) < 1e-12 * huge.back());
}
