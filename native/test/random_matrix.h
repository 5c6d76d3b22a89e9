#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "../core/matrix.h"
#include "../core/memory_matrix.h"

namespace spectrap::test {

/// rows × cols standard normal entries, row-major, from a fixed seed.
template <class Real>
std::vector<Real> random_matrix(uint64_t rows, uint64_t cols, unsigned seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal;
  std::vector<Real> values(rows * cols);
  for (Real& value : values) value = static_cast<Real>(normal(generator));
  return values;
}

/// A matrix in memory as the pipeline takes it; copies the values.
template <class Real>
Matrix memory_matrix(const std::vector<Real>& values, uint64_t rows, uint64_t cols, uint64_t taps = 1) {
  auto copy = std::make_shared<std::vector<Real>>(values);
  copy->reserve(1);  // an empty matrix in memory has an address, too
  return spectrap::memory_matrix("test", sizeof(Real) == 8 ? Encoding::f64 : Encoding::f32, rows, cols,
                                 elements_of(std::move(copy)), taps);
}

/// Eigenvalues of a symmetric matrix (row-major, full) by cyclic Jacobi rotations: slow, simple, accurate to
/// a few ε‖A‖, and shares nothing with LAPACK.
inline std::vector<double> jacobi_eigenvalues(std::vector<double> a, uint64_t n) {
  const auto at = [&](uint64_t i, uint64_t j) -> double& { return a[i * n + j]; };
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0;
    double all = 0;
    for (uint64_t i = 0; i < n; ++i) {
      for (uint64_t j = 0; j < n; ++j) {
        all += at(i, j) * at(i, j);
        if (i != j) off += at(i, j) * at(i, j);
      }
    }
    if (off <= 1e-34 * all) break;
    for (uint64_t p = 0; p + 1 < n; ++p) {
      for (uint64_t q = p + 1; q < n; ++q) {
        if (at(p, q) == 0) continue;
        const double theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1);
        const double s = t * c;
        for (uint64_t k = 0; k < n; ++k) {
          const double kp = at(k, p);
          const double kq = at(k, q);
          at(k, p) = c * kp - s * kq;
          at(k, q) = s * kp + c * kq;
        }
        for (uint64_t k = 0; k < n; ++k) {
          const double pk = at(p, k);
          const double qk = at(q, k);
          at(p, k) = c * pk - s * qk;
          at(q, k) = s * pk + c * qk;
        }
      }
    }
  }
  std::vector<double> eigenvalues(n);
  for (uint64_t i = 0; i < n; ++i) eigenvalues[i] = at(i, i);
  std::sort(eigenvalues.begin(), eigenvalues.end());
  return eigenvalues;
}

/// Gram matrix of the smaller side, full and row-major, by the definition.
template <class Real>
std::vector<double> naive_gram(const std::vector<Real>& w, uint64_t rows, uint64_t cols) {
  const bool tall = rows >= cols;
  const uint64_t m = tall ? cols : rows;
  const uint64_t length = tall ? rows : cols;
  std::vector<double> g(m * m, 0.0);
  for (uint64_t i = 0; i < m; ++i) {
    for (uint64_t j = 0; j < m; ++j) {
      long double sum = 0;
      for (uint64_t k = 0; k < length; ++k) {
        const Real a = tall ? w[k * cols + i] : w[i * cols + k];
        const Real b = tall ? w[k * cols + j] : w[j * cols + k];
        sum += static_cast<long double>(a) * static_cast<long double>(b);
      }
      g[i * m + j] = static_cast<double>(sum);
    }
  }
  return g;
}

}  // namespace spectrap::test
