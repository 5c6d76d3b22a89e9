#include "../core/tile_solver.h"

#include <doctest/doctest.h>

#include <limits>

#include "../core/inverse_iteration.h"
#include "../core/isa.h"
#include "../core/symmetric.h"
#include "random_matrix.h"
#include "tiles_of.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

/// A = Q·diag(eigenvalues)·Qᵀ with Q made of a few random reflections.
std::vector<double> with_eigenvalues(const std::vector<double>& eigenvalues) {
  const uint64_t n = eigenvalues.size();
  std::vector<double> a(n * n, 0.0);
  for (uint64_t i = 0; i < n; ++i) a[i * n + i] = eigenvalues[i];
  for (unsigned reflection = 0; reflection < 3; ++reflection) {
    std::vector<double> v = random_matrix<double>(n, 1, 100 + reflection);
    double norm = 0;
    for (const double x : v) norm += x * x;
    std::vector<double> av(n, 0.0);
    double vav = 0;
    for (uint64_t i = 0; i < n; ++i)
      for (uint64_t j = 0; j < n; ++j) av[i] += a[i * n + j] * v[j];
    for (uint64_t i = 0; i < n; ++i) vav += v[i] * av[i];
    const double tau = 2 / norm;
    for (uint64_t i = 0; i < n; ++i) {
      for (uint64_t j = 0; j <= i; ++j) {
        a[i * n + j] += -tau * (v[i] * av[j] + av[i] * v[j]) + tau * tau * vav * v[i] * v[j];
        a[j * n + i] = a[i * n + j];
      }
    }
  }
  return a;
}

template <class Real>
void check_pairs(const simd::Stages& stages, const std::vector<double>& a, uint64_t n, uint64_t top) {
  CAPTURE(stages.name);
  CAPTURE(n);
  CAPTURE(top);
  Buffer<Real> data = tiles_of<Real>(a, n);
  TeamOfOne alone;
  TileSolver<Real> solver(stages, n, alone);
  StageSeconds seconds;
  const auto [values, vectors] =
      solver.top_pairs(Tiles<Real>(n, data.data()), top, seconds, std::atomic<bool>{false});
  REQUIRE(values.size() == n);
  REQUIRE(vectors.size() == n * top);
  double norm = 0;
  for (const double value : values) norm = std::max(norm, std::abs(value));
  const double epsilon = static_cast<double>(std::numeric_limits<Real>::epsilon());
  const double unit = epsilon * static_cast<double>(n) * norm;
  double worst_residual = 0;
  double worst_product = 0;
  for (uint64_t k = 0; k < top; ++k) {
    const double* v = vectors.data() + k * n;
    double residual = 0;
    for (uint64_t i = 0; i < n; ++i) {
      double sum = -values[n - top + k] * v[i];
      for (uint64_t j = 0; j < n; ++j) sum += a[i * n + j] * v[j];
      residual += sum * sum;
    }
    worst_residual = std::max(worst_residual, std::sqrt(residual));
    for (uint64_t l = 0; l <= k; ++l) {
      double product = l == k ? -1 : 0;
      for (uint64_t i = 0; i < n; ++i) product += v[i] * vectors[l * n + i];
      worst_product = std::max(worst_product, std::abs(product));
    }
  }
  CHECK(worst_residual <= 4 * unit);
  CHECK(worst_product <= 4 * epsilon * static_cast<double>(n));
}

}  // namespace

TEST_CASE("the largest eigenvectors have small residuals and are orthonormal, clusters included") {
  std::vector<double> spread;
  std::vector<double> clustered;
  std::vector<double> low_rank(130, 0.0);
  for (uint64_t i = 0; i < 130; ++i) {
    spread.push_back(static_cast<double>(i) / 130 - 0.5);
    clustered.push_back(i < 100 ? 0.01 * static_cast<double>(i % 3) : 1);  // thirty-fold
  }
  for (uint64_t i = 0; i < 4; ++i) low_rank[126 + i] = 0.25 * static_cast<double>(i + 1);
  for (const simd::Stages* stages : available_stages()) {
    for (const std::vector<double>& eigenvalues : {spread, clustered, low_rank}) {
      const std::vector<double> a = with_eigenvalues(eigenvalues);
      for (const uint64_t top : {0, 1, 7, 40}) check_pairs<double>(*stages, a, eigenvalues.size(), top);
      check_pairs<float>(*stages, a, eigenvalues.size(), 7);
    }
    for (const uint64_t n : {1, 2, 23, 24, 25, 49}) {
      std::vector<double> eigenvalues(n);
      for (uint64_t i = 0; i < n; ++i) eigenvalues[i] = 1 / (1 + static_cast<double>(i));
      check_pairs<double>(*stages, with_eigenvalues(eigenvalues), n, n);
    }
    check_pairs<double>(*stages, std::vector<double>(30 * 30, 0.0), 30, 30);
  }
}

TEST_CASE("eigenvalues of symmetric matrices of any scale agree with Jacobi rotations") {
  TeamOfOne alone;
  for (const simd::Stages* stages : available_stages()) {
    for (const double scale : {1.0, 1e150, 1e-150, 0x1p1000, 0x1p-1060}) {
      for (const uint64_t n : {1, 2, 3, 40, 100}) {
        CAPTURE(stages->name);
        CAPTURE(n);
        CAPTURE(scale);
        std::vector<double> eigenvalues(n);
        for (uint64_t i = 0; i < n; ++i)
          eigenvalues[i] = 1 - 2 * static_cast<double>(i) / static_cast<double>(n);
        std::vector<double> a = with_eigenvalues(eigenvalues);
        const std::vector<double> expected = jacobi_eigenvalues(a, n);
        for (double& x : a) x *= scale;
        const std::vector<double> values = symmetric_eigenvalues(*stages, a.data(), n, alone);
        REQUIRE(values.size() == n);
        // Subnormal entries are rounded to multiples of 2^-1074.
        const double unit = static_cast<double>(n) * std::max(2.3e-16, 0x1p-1074 / scale);
        for (uint64_t i = 0; i < n; ++i) CHECK(std::abs(values[i] / scale - expected[i]) <= 4 * unit);
      }
    }
    const std::vector<double> none = symmetric_eigenvalues<double>(*stages, nullptr, 0, alone);
    CHECK(none.empty());
    const std::vector<float> bad{1, 0, std::numeric_limits<float>::quiet_NaN(), 2};
    const std::vector<double> two =
        symmetric_eigenvalues(*stages, std::vector<float>{1, 5, 5, 1}.data(), 2, alone);
    CHECK(two[0] == doctest::Approx(-4).epsilon(1e-6));
    CHECK(two[1] == doctest::Approx(6).epsilon(1e-6));
    CHECK_NOTHROW(symmetric_eigenvalues(*stages, bad.data(), 2, alone));  // above the diagonal: not read
    const std::vector<float> worse{1, std::numeric_limits<float>::infinity(), 0, 2};
    CHECK_THROWS(symmetric_eigenvalues(*stages, worse.data(), 2, alone));
  }
}
