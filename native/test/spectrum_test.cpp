#include "../core/spectrum.h"

#include <doctest/doctest.h>

#include <bit>
#include <string>

#include "../core/error.h"
#include "../core/shuffle.h"
#include "../core/spectrum_check.h"
#include "random_matrix.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

const std::atomic<bool> running{false};
TeamOfOne one_thread;

Problem problem_of(Matrix matrix, Precision precision = Precision::double_, uint32_t replicas = 0) {
  Problem problem;
  problem.matrix = std::move(matrix);
  problem.precision = precision;
  problem.key = {123, 456};
  problem.replicas = replicas;
  return problem;
}

template <class Real>
std::vector<double> expected_eigenvalues(const std::vector<Real>& w, uint64_t rows, uint64_t cols) {
  return jacobi_eigenvalues(naive_gram(w, rows, cols), std::min(rows, cols));
}

/// Largest |Δλ| / λmax.
double error_of(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  double error = 0;
  for (size_t i = 0; i < got.size(); ++i) error = std::max(error, std::abs(got[i] - expected[i]));
  return expected.empty() || expected.back() == 0 ? error : error / expected.back();
}

std::string code_of(const Problem& problem, const std::atomic<bool>& cancelled = running) {
  try {
    spectra(problem, cancelled, one_thread);
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

}  // namespace

TEST_CASE("spectra keep their promise in every precision, tall and wide") {
  for (const auto& [rows, cols] : {std::pair<uint64_t, uint64_t>{90, 40}, {40, 90}, {60, 60}, {1, 5}}) {
    const auto w = random_matrix<float>(rows, cols, 7);
    const std::vector<double> expected = expected_eigenvalues(w, rows, cols);
    for (const Precision precision : {Precision::double_, Precision::reference, Precision::single}) {
      const MatrixSpectra result =
          spectra(problem_of(memory_matrix(w, rows, cols), precision), running, one_thread);
      REQUIRE(result.taps.size() == 1);
      CHECK(result.promise == (precision == Precision::single ? 1e-5 : 1e-12));
      CHECK(error_of(result.taps[0].eigenvalues, expected) < result.promise);
    }
  }
}

TEST_CASE("single precision promises no more than its reduction keeps, however exact the products are") {
  const uint64_t rows = 200;
  const uint64_t cols = 120;
  auto integers = random_matrix<float>(rows, cols, 16);
  for (float& value : integers) value = std::round(4 * value);
  auto narrow = random_matrix<float>(rows, cols, 17);  // BF16, of very different size
  for (float& value : narrow) value = std::bit_cast<float>(std::bit_cast<uint32_t>(value) & 0xffff0000);
  for (const auto& [w, of_double] : {std::pair{integers, 1e-12}, std::pair{narrow, 1e-7}}) {
    const std::vector<double> expected = expected_eigenvalues(w, rows, cols);
    for (const Precision precision : {Precision::double_, Precision::single}) {
      const auto result = spectra(problem_of(memory_matrix(w, rows, cols), precision), running, one_thread);
      CHECK(result.precision == precision);
      CHECK(result.promise == (precision == Precision::single ? 1e-5 : of_double));
      CHECK(error_of(result.taps[0].eigenvalues, expected) < result.promise);
    }
  }
}

TEST_CASE("where rounding errors of single precision line up, double is used") {
  // All entries equal, not a small integer of any unit: every partial sum is rounded the same way.
  const uint64_t rows = 200000;
  const uint64_t cols = 16;
  const std::vector<float> w(rows * cols, 0.7f);
  const double square = static_cast<double>(0.7f) * static_cast<double>(0.7f);
  const auto result =
      spectra(problem_of(memory_matrix(w, rows, cols), Precision::single, 1), running, one_thread);
  CHECK(result.precision == Precision::double_);
  CHECK(result.promise == 1e-12);
  std::vector<double> expected(cols);
  expected.back() = static_cast<double>(rows * cols) * square;
  CHECK(error_of(result.taps[0].eigenvalues, expected) < 1e-12);
  CHECK(error_of(result.taps[0].shuffled[0], expected) < 1e-12);
}

TEST_CASE("equal columns of BF16 entries, whose rounding errors line up, keep the promise of BF16") {
  const uint64_t rows = 20000;
  const uint64_t cols = 64;
  const auto column = random_matrix<float>(rows, 1, 18);
  std::vector<float> w(rows * cols);
  double squares = 0;
  for (uint64_t r = 0; r < rows; ++r) {
    const auto value = std::bit_cast<float>(std::bit_cast<uint32_t>(column[r]) & 0xffff0000);
    std::fill(w.begin() + r * cols, w.begin() + (r + 1) * cols, value);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  std::vector<double> expected(cols);
  expected.back() = static_cast<double>(cols) * squares;
  const auto result = spectra(problem_of(memory_matrix(w, rows, cols)), running, one_thread);
  CHECK(result.promise == 1e-7);
  CHECK(error_of(result.taps[0].eigenvalues, expected) < result.promise / 10);
}

TEST_CASE("the sum of a spectrum is held to half of what single precision promises") {
  Matrix shape;
  shape.rows = 40000;
  shape.cols = 2;
  const auto trusted = [&](double of_sum) {
    try {
      check_spectrum<float>({1, 2}, 3 / (1 + of_sum), 5, shape);
      return true;
    } catch (const Error& error) {
      CHECK(error.code() == "SPECTRUM_CHECK");
      return false;
    }
  };
  CHECK(trusted(1e-6));
  CHECK_FALSE(trusted(6e-6));
  CHECK_FALSE(trusted(-6e-6));
}

TEST_CASE("scaling a matrix by a power of two scales its spectrum exactly, at any scale") {
  const uint64_t rows = 50;
  const uint64_t cols = 20;
  const auto w = random_matrix<double>(rows, cols, 8);
  for (const Precision precision : {Precision::double_, Precision::single}) {
    const auto base =
        spectra(problem_of(memory_matrix(w, rows, cols), precision), running, one_thread).taps[0].eigenvalues;
    for (const int exponent : {-300, -60, 1, 60, 300}) {
      CAPTURE(exponent);
      std::vector<double> scaled = w;
      for (double& value : scaled) value = std::ldexp(value, exponent);
      auto got = spectra(problem_of(memory_matrix(scaled, rows, cols), precision), running, one_thread)
                     .taps[0]
                     .eigenvalues;
      for (double& value : got) value = std::ldexp(value, -2 * exponent);
      CHECK(got == base);
    }
  }
}

TEST_CASE("float32 extremes neither overflow nor vanish in single precision") {
  const std::vector<float> w{3e38f, 0, 0, 1e38f};
  const auto values =
      spectra(problem_of(memory_matrix(w, 2, 2), Precision::single), running, one_thread).taps[0].eigenvalues;
  CHECK(values[1] == doctest::Approx(9e76));
  const std::vector<float> tiny{3e-40f, 0, 0, 1e-40f};
  const auto small = spectra(problem_of(memory_matrix(tiny, 2, 2), Precision::single), running, one_thread)
                         .taps[0]
                         .eigenvalues;
  CHECK(small[1] == doctest::Approx(9e-80));
}

TEST_CASE("zero, one-element and empty matrices have spectra") {
  CHECK(spectra(problem_of(memory_matrix(std::vector<float>(12), 4, 3)), running, one_thread)
            .taps[0]
            .eigenvalues == std::vector<double>{0, 0, 0});
  CHECK(spectra(problem_of(memory_matrix(std::vector<float>{-3}, 1, 1)), running, one_thread)
            .taps[0]
            .eigenvalues == std::vector<double>{9});
  CHECK(spectra(problem_of(memory_matrix(std::vector<float>{}, 0, 3)), running, one_thread)
            .taps[0]
            .eigenvalues.empty());
}

TEST_CASE("each tap of a kernel is a matrix of its own") {
  const uint64_t rows = 12;
  const uint64_t cols = 9;
  const auto w = random_matrix<float>(3 * rows, cols, 9);
  const MatrixSpectra result = spectra(problem_of(memory_matrix(w, rows, cols, 3)), running, one_thread);
  REQUIRE(result.taps.size() == 3);
  for (size_t tap = 0; tap < 3; ++tap) {
    const std::vector<float> slice(w.begin() + tap * rows * cols, w.begin() + (tap + 1) * rows * cols);
    CHECK(error_of(result.taps[tap].eigenvalues, expected_eigenvalues(slice, rows, cols)) < 1e-12);
  }
}

TEST_CASE("a shuffled spectrum is that of the permuted matrix, another for each replica") {
  const uint64_t rows = 30;
  const uint64_t cols = 20;
  const auto w = random_matrix<float>(rows, cols, 10);
  const Problem problem = problem_of(memory_matrix(w, rows, cols), Precision::double_, 2);
  const TapSpectra tap = spectra(problem, running, one_thread).taps[0];
  REQUIRE(tap.shuffled.size() == 2);
  for (uint32_t replica = 0; replica < 2; ++replica) {
    std::vector<float> permuted(w.size());
    BucketShuffle shuffle({{123, 456}, 0, replica}, w.size(), sizeof(float), permuted.data());
    shuffle.append(w.data(), w.size());
    shuffle.finish(one_thread);
    CHECK(permuted != w);
    CHECK(error_of(tap.shuffled[replica], expected_eigenvalues(permuted, rows, cols)) < 1e-12);
  }
  CHECK(tap.shuffled[0] != tap.shuffled[1]);
}

TEST_CASE("a fused group gives what its three matrices give alone") {
  const uint64_t half = 40;
  const uint64_t cols = 24;
  const auto gate = random_matrix<float>(half, cols, 11);
  const auto up = random_matrix<float>(half, cols, 12);
  std::vector<float> fused;
  for (uint64_t r = 0; r < half; ++r) {
    fused.insert(fused.end(), gate.begin() + r * cols, gate.begin() + (r + 1) * cols);
    fused.insert(fused.end(), up.begin() + r * cols, up.begin() + (r + 1) * cols);
  }
  const std::array<Problem, 3> problems{
      problem_of(memory_matrix(gate, half, cols), Precision::double_, 1),
      problem_of(memory_matrix(up, half, cols), Precision::double_, 1),
      problem_of(memory_matrix(fused, 2 * half, cols), Precision::double_, 1)};
  const auto together = fused_spectra(problems[0], problems[1], problems[2], running, one_thread);
  for (size_t i = 0; i < 3; ++i) {
    const TapSpectra alone = spectra(problems[i], running, one_thread).taps[0];
    CHECK(error_of(together[i].taps[0].eigenvalues, alone.eigenvalues) < 1e-14);
    CHECK(error_of(together[i].taps[0].shuffled[0], alone.shuffled[0]) < 1e-14);
  }
}

TEST_CASE("non-finite entries are named, not decomposed") {
  auto w = random_matrix<float>(6, 5, 13);
  w[2 * 5 + 3] = std::numeric_limits<float>::quiet_NaN();
  w[4 * 5 + 1] = std::numeric_limits<float>::infinity();
  try {
    spectra(problem_of(memory_matrix(w, 6, 5)), running, one_thread);
    FAIL("a spectrum of NaN");
  } catch (const Error& error) {
    CHECK(error.code() == "NON_FINITE");
    CHECK(std::string(error.what()) == "1 NaN and 1 infinite entries, the first at row 2, column 3");
  }
  CHECK(code_of(problem_of(memory_matrix(std::vector<double>{1e200, 0, 0, 1}, 2, 2))) == "NON_FINITE");
}

TEST_CASE("a cancelled problem stops before it starts") {
  const std::atomic<bool> cancelled{true};
  const auto w = random_matrix<float>(6, 5, 14);
  CHECK(code_of(problem_of(memory_matrix(w, 6, 5)), cancelled) == "ERR_CANCELLED");
}

TEST_CASE("the estimate covers the buffers a problem needs") {
  const auto w = random_matrix<float>(300, 200, 15);
  const Problem plain = problem_of(memory_matrix(w, 300, 200));
  const Problem shuffled = problem_of(memory_matrix(w, 300, 200), Precision::double_, 1);
  CHECK(spectra_bytes(plain) >= 200 * 200 * 8);
  CHECK(spectra_bytes(shuffled) >= spectra_bytes(plain) + 300 * 200 * 4);
  CHECK(fused_spectra_bytes(shuffled) >= spectra_bytes(shuffled) + 200 * 200 * 8);
}
