#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "../core/block_reader.h"
#include "../core/low_rank_spectrum.h"
#include "../core/spectrum.h"
#include "error_code.h"
#include "random_matrix.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

const std::atomic<bool> not_cancelled{false};

Matrix computed(uint64_t rows, uint64_t cols, uint64_t taps = 1) {
  Matrix matrix;
  matrix.name = "computed";
  matrix.rows = rows;
  matrix.cols = cols;
  matrix.taps = taps;
  matrix.encoding = Encoding::f64;
  return matrix;
}

Matrix difference(const Matrix& minuend, const Matrix& subtrahend) {
  Matrix matrix = computed(minuend.rows, minuend.cols, minuend.taps);
  matrix.difference = std::make_shared<Difference>(Difference{minuend, subtrahend});
  return matrix;
}

Matrix low_rank(const Matrix& left, const Matrix& right, double scale, std::optional<Matrix> base = {}) {
  Matrix matrix = computed(left.rows, right.cols);
  matrix.low_rank = std::make_shared<LowRank>(LowRank{left, right, scale, std::move(base)});
  return matrix;
}

std::vector<double> block(const Matrix& matrix, uint64_t tap, uint64_t row0, uint64_t rows, uint64_t col0,
                          uint64_t cols) {
  BlockReader reader(matrix);
  std::vector<double> out(rows * cols);
  reader.read(tap, row0, rows, col0, cols, out.data());
  return out;
}

MatrixSpectra spectra_of(const Matrix& matrix, uint32_t replicas, Precision precision = Precision::double_) {
  Problem problem;
  problem.matrix = matrix;
  problem.replicas = replicas;
  problem.precision = precision;
  TeamOfOne team;
  return spectra(problem, not_cancelled, team);
}

/// scale·left·right by the definition.
std::vector<double> dense_product(const std::vector<double>& left, const std::vector<double>& right,
                                  uint64_t rows, uint64_t rank, uint64_t cols, double scale) {
  std::vector<double> out(rows * cols);
  for (uint64_t r = 0; r < rows; ++r) {
    for (uint64_t c = 0; c < cols; ++c) {
      long double sum = 0;
      for (uint64_t k = 0; k < rank; ++k)
        sum += static_cast<long double>(left[r * rank + k]) * right[k * cols + c];
      out[r * cols + c] = static_cast<double>(sum * scale);
    }
  }
  return out;
}

double largest_relative_gap(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double gap = 0;
  for (size_t i = 0; i < a.size(); ++i) gap = std::max(gap, std::abs(a[i] - b[i]));
  return gap / b.back();
}

}  // namespace

TEST_CASE("a difference is read block by block, tap by tap, whatever its parts are stored as") {
  const uint64_t rows = 37;
  const uint64_t cols = 53;
  const auto a = random_matrix<float>(2 * rows, cols, 1);
  const auto b = random_matrix<double>(2 * rows, cols, 2);
  const Matrix matrix = difference(memory_matrix(a, rows, cols, 2), memory_matrix(b, rows, cols, 2));
  for (const uint64_t tap : {uint64_t{0}, uint64_t{1}}) {
    const auto out = block(matrix, tap, 5, 20, 7, 31);
    for (uint64_t r = 0; r < 20; ++r) {
      for (uint64_t c = 0; c < 31; ++c) {
        const uint64_t at = tap * rows * cols + (5 + r) * cols + 7 + c;
        REQUIRE(out[r * 31 + c] == static_cast<double>(a[at]) - b[at]);
      }
    }
  }
}

TEST_CASE("a difference longer than a piece is whole") {
  const uint64_t rows = 300;
  const uint64_t cols = 700;  // 210,000 elements: four pieces
  const auto a = random_matrix<float>(rows, cols, 3);
  const std::vector<float> b(rows * cols, 0.5f);
  const auto out =
      block(difference(memory_matrix(a, rows, cols), memory_matrix(b, rows, cols)), 0, 0, rows, 0, cols);
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < out.size(); ++i) wrong += out[i] != static_cast<double>(a[i]) - 0.5 ? 1 : 0;
  CHECK(wrong == 0);
}

TEST_CASE("the spectrum of a difference is that of the matrix in memory, bit for bit") {
  for (const auto& [rows, cols] : {std::pair<uint64_t, uint64_t>{90, 60}, {60, 90}}) {
    const auto a = random_matrix<float>(rows, cols, 4);
    const auto b = random_matrix<float>(rows, cols, 5);
    std::vector<double> dense(a.size());
    for (size_t i = 0; i < a.size(); ++i) dense[i] = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    const MatrixSpectra expected = spectra_of(memory_matrix(dense, rows, cols), 1);
    const MatrixSpectra got =
        spectra_of(difference(memory_matrix(a, rows, cols), memory_matrix(b, rows, cols)), 1);
    CHECK(got.taps[0].eigenvalues == expected.taps[0].eigenvalues);
    CHECK(got.taps[0].shuffled == expected.taps[0].shuffled);
    CHECK(got.taps[0].moments.sum_squares == expected.taps[0].moments.sum_squares);
  }
}

TEST_CASE("the spectrum of a low-rank product comes from its factors and is that of the product") {
  struct Shape {
    uint64_t rows, rank, cols;
  };
  // Ranks below, at and above the sides; more columns than a segment.
  for (const auto& [rows, rank, cols] :
       {Shape{90, 4, 60}, {60, 8, 90}, {40, 40, 40}, {20, 30, 50}, {50, 30, 20}, {1, 3, 7}, {30, 5, 1100}}) {
    CAPTURE(rows);
    CAPTURE(rank);
    CAPTURE(cols);
    const auto left = random_matrix<double>(rows, rank, 6);
    const auto right = random_matrix<double>(rank, cols, 7);
    const auto dense = dense_product(left, right, rows, rank, cols, 0.25);
    const MatrixSpectra expected = spectra_of(memory_matrix(dense, rows, cols), 1);
    const Matrix product = low_rank(memory_matrix(left, rows, rank), memory_matrix(right, rank, cols), 0.25);
    const MatrixSpectra alone = spectra_of(product, 0);
    CHECK(largest_relative_gap(alone.taps[0].eigenvalues, expected.taps[0].eigenvalues) <= 1e-12);
    CHECK(alone.promise <= 1e-10);
    const auto& values = alone.taps[0].eigenvalues;
    const uint64_t m = std::min(rows, cols);
    if (rank < m) CHECK(values[m - rank - 1] == 0);
    CHECK(values[m - std::min(rank, m)] > 0);
    const MatrixSpectra shuffled = spectra_of(product, 1);
    CHECK(shuffled.taps[0].eigenvalues == values);
    CHECK(largest_relative_gap(shuffled.taps[0].shuffled[0], expected.taps[0].shuffled[0]) <= 1e-12);
  }
}

TEST_CASE("factors at the ends of the scale, and factors that nearly cancel") {
  const uint64_t n = 40;
  auto left = random_matrix<double>(n, 3, 8);
  auto right = random_matrix<double>(3, n, 9);
  const auto dense = dense_product(left, right, n, 3, n, 1);
  const auto expected = spectra_of(memory_matrix(dense, n, n), 0).taps[0].eigenvalues;
  for (double& w : left) w = std::ldexp(w, 700);
  for (double& w : right) w = std::ldexp(w, -700);
  const Matrix scaled = low_rank(memory_matrix(left, n, 3), memory_matrix(right, 3, n), 1);
  CHECK(largest_relative_gap(spectra_of(scaled, 0).taps[0].eigenvalues, expected) <= 1e-12);

  // Two columns that are the same but for 2^-20, against rows of opposite sign: the product is 2^-20 of its
  // terms.
  std::vector<double> pair(n * 2);
  std::vector<double> against(2 * n);
  for (uint64_t i = 0; i < n; ++i) {
    pair[2 * i] = dense[i];
    pair[2 * i + 1] = dense[i] + std::ldexp(dense[n + i], -20);
    against[i] = dense[2 * n + i];
    against[n + i] = -against[i];
  }
  const auto small = dense_product(pair, against, n, 2, n, 1);
  const auto exact = spectra_of(memory_matrix(small, n, n), 0).taps[0].eigenvalues;
  const MatrixSpectra got =
      spectra_of(low_rank(memory_matrix(pair, n, 2), memory_matrix(against, 2, n), 1), 0);
  CHECK(got.promise > 1e-12);  // it says that digits are lost
  CHECK(largest_relative_gap(got.taps[0].eigenvalues, exact) <= got.promise);
}

TEST_CASE("a product without entries other than zero has a spectrum of zeros") {
  const uint64_t n = 30;
  const Matrix zero = low_rank(memory_matrix(std::vector<float>(n * 4, 0.0f), n, 4),
                               memory_matrix(random_matrix<float>(4, n, 1), 4, n), 2);
  CHECK(spectra_of(zero, 0).taps[0].eigenvalues == std::vector<double>(n, 0.0));
}

TEST_CASE("a product added to a base is read and decomposed as the sum") {
  const uint64_t rows = 50;
  const uint64_t cols = 70;
  const auto base = random_matrix<float>(rows, cols, 10);
  const auto left = random_matrix<double>(rows, 4, 11);
  const auto right = random_matrix<double>(4, cols, 12);
  auto sum = dense_product(left, right, rows, 4, cols, 2);
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(base[i]);
  const Matrix merged = low_rank(memory_matrix(left, rows, 4), memory_matrix(right, 4, cols), 2,
                                 memory_matrix(base, rows, cols));
  const auto got = block(merged, 0, 3, 40, 9, 33);
  for (uint64_t r = 0; r < 40; ++r) {
    for (uint64_t c = 0; c < 33; ++c) {
      REQUIRE(std::abs(got[r * 33 + c] - sum[(3 + r) * cols + 9 + c]) <= 1e-14 * 20);
    }
  }
  const auto expected = spectra_of(memory_matrix(sum, rows, cols), 0).taps[0].eigenvalues;
  CHECK(largest_relative_gap(spectra_of(merged, 0).taps[0].eigenvalues, expected) <= 1e-12);
}

TEST_CASE("float32 asked for: a product keeps its promise, too") {
  const auto left = random_matrix<double>(60, 4, 13);
  const auto right = random_matrix<double>(4, 80, 14);
  const Matrix product = low_rank(memory_matrix(left, 60, 4), memory_matrix(right, 4, 80), 1);
  const auto exact = spectra_of(product, 0).taps[0].eigenvalues;
  const MatrixSpectra single = spectra_of(product, 1, Precision::single);
  CHECK(largest_relative_gap(single.taps[0].eigenvalues, exact) <= single.promise);
}

TEST_CASE("a NaN in a factor or in a part is found in the matrix it makes") {
  auto left = random_matrix<double>(20, 3, 15);
  left[4] = std::numeric_limits<double>::quiet_NaN();
  const Matrix right = memory_matrix(random_matrix<double>(3, 20, 16), 3, 20);
  CHECK(error_code([&] { spectra_of(low_rank(memory_matrix(left, 20, 3), right, 1), 0); }) == "NON_FINITE");
  const Matrix bad = memory_matrix(left, 20, 3);
  CHECK(error_code([&] { spectra_of(difference(bad, bad), 0); }) == "NON_FINITE");
}

TEST_CASE("a product without shuffled copies needs no memory for a Gram matrix") {
  Problem problem;
  problem.matrix = low_rank(memory_matrix(std::vector<float>(4000 * 2, 1.0f), 4000, 2),
                            memory_matrix(std::vector<float>(2 * 3000, 1.0f), 2, 3000), 1);
  CHECK(spectra_bytes(problem) < 3000ull * 3000 * 8 / 2);
  problem.replicas = 1;
  CHECK(spectra_bytes(problem) > 4000ull * 3000 * 8);
}
