#include "../core/eigenvectors.h"

#include <doctest/doctest.h>

#include <limits>

#include "error_code.h"
#include "random_matrix.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
const std::atomic<bool> not_cancelled{false};

template <class Real>
EigenPairs eigen_of(const std::vector<Real>& w, uint64_t rows, uint64_t cols, uint64_t top) {
  Problem problem;
  problem.matrix = memory_matrix(w, rows, cols);
  TeamOfOne team;
  return eigen(problem, 0, top, not_cancelled, team);
}

/// The vectors belong to the largest values, are orthonormal, and eigenvectors of G, in units of n·ε(·‖G‖).
template <class Real>
void check_pairs(const std::vector<Real>& w, uint64_t rows, uint64_t cols, uint64_t top) {
  CAPTURE(rows);
  CAPTURE(cols);
  CAPTURE(top);
  const uint64_t n = std::min(rows, cols);
  const std::vector<double> g = naive_gram(w, rows, cols);
  const EigenPairs pairs = eigen_of(w, rows, cols, top);
  REQUIRE(pairs.values.size() == n);
  REQUIRE(pairs.vectors.size() == n * top);
  CHECK(std::is_sorted(pairs.values.begin(), pairs.values.end()));
  const double norm = n == 0 ? 0 : pairs.values.back();
  double residual = 0;
  double slant = 0;
  for (uint64_t a = 0; a < top; ++a) {
    const double* v = pairs.vectors.data() + a * n;
    for (uint64_t i = 0; i < n; ++i) {
      double difference = -pairs.values[n - top + a] * v[i];
      for (uint64_t j = 0; j < n; ++j) difference += g[i * n + j] * v[j];
      residual = std::max(residual, std::abs(difference));
    }
    for (uint64_t b = 0; b <= a; ++b) {
      double product = a == b ? -1 : 0;
      for (uint64_t i = 0; i < n; ++i) product += v[i] * pairs.vectors[b * n + i];
      slant = std::max(slant, std::abs(product));
    }
  }
  CHECK(residual <= 4 * static_cast<double>(n) * epsilon * norm);
  CHECK(slant <= 4 * static_cast<double>(n) * epsilon);
}

}  // namespace

TEST_CASE("eigenvectors of Gram matrices, all and the largest") {
  const struct {
    uint64_t rows, cols;
  } shapes[] = {{1, 1}, {1, 5}, {5, 1}, {2, 2}, {40, 25}, {25, 40}, {33, 33}, {130, 65}};
  for (const auto& [rows, cols] : shapes) {
    const uint64_t m = std::min(rows, cols);
    for (const uint64_t top : {uint64_t{1}, (m + 1) / 2, m}) {
      check_pairs(random_matrix<float>(rows, cols, 3), rows, cols, top);
      check_pairs(random_matrix<double>(rows, cols, 4), rows, cols, top);
    }
  }
}

TEST_CASE("eigenvectors where eigenvalues coincide: zero, identity, rank one, low rank") {
  const uint64_t n = 40;
  check_pairs(std::vector<double>(n * n, 0.0), n, n, n);
  std::vector<double> identity(n * n, 0.0);
  for (uint64_t i = 0; i < n; ++i) identity[i * n + i] = 1;
  check_pairs(identity, n, n, n);
  check_pairs(identity, n, n, 7);
  check_pairs(std::vector<double>(2 * n * n, 1.0), 2 * n, n, n);
  std::vector<double> low_rank = random_matrix<double>(2 * n, n, 5);
  for (uint64_t r = 0; r < 2 * n; ++r) {
    for (uint64_t c = 3; c < n; ++c) low_rank[r * n + c] = low_rank[r * n + c % 3];
  }
  check_pairs(low_rank, 2 * n, n, n);
  check_pairs(low_rank, 2 * n, n, 5);
}

TEST_CASE("eigenvectors at the ends of the scale") {
  for (const double scale : {1e-150, 1e150}) {
    std::vector<double> w = random_matrix<double>(30, 20, 6);
    for (double& entry : w) entry *= scale;
    check_pairs(w, 30, 20, 20);
  }
}

TEST_CASE("without eigenvectors there are the eigenvalues of spectra()") {
  Problem problem;
  problem.matrix = memory_matrix(random_matrix<float>(60, 40, 7), 60, 40);
  TeamOfOne team;
  const EigenPairs pairs = eigen(problem, 0, 0, not_cancelled, team);
  CHECK(pairs.values == spectra(problem, not_cancelled, team).taps[0].eigenvalues);
  CHECK(pairs.vectors.empty());
}

TEST_CASE("eigenvectors of a matrix with a NaN, or after a cancel, are refused") {
  std::vector<float> w = random_matrix<float>(6, 4, 8);
  w[5] = std::numeric_limits<float>::quiet_NaN();
  CHECK(error_code([&] { eigen_of(w, 6, 4, 2); }) == "NON_FINITE");
  Problem problem;
  problem.matrix = memory_matrix(random_matrix<float>(6, 4, 8), 6, 4);
  const std::atomic<bool> cancelled{true};
  TeamOfOne team;
  CHECK(error_code([&] { eigen(problem, 0, 2, cancelled, team); }) == "ERR_CANCELLED");
}
