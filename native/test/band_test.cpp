#include "../core/band.h"

#include <doctest/doctest.h>

#include <limits>

#include "../core/buffer.h"
#include "../core/isa.h"
#include "../core/lapack_eigen.h"
#include "largest_difference.h"
#include "random_matrix.h"
#include "test_teams.h"
#include "tiles_of.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

/// The band of `symmetric`, as it is stored.
template <class Real>
std::vector<Real> stored_band(const simd::Stages& stages, const std::vector<double>& symmetric, uint64_t n,
                              Team& team, const BandReflectors<Real>* keep = nullptr) {
  Buffer<Real> data = tiles_of<Real>(symmetric, n);
  std::vector<Real> band(band_size(n, bandwidth<Real>(n)), std::numeric_limits<Real>::quiet_NaN());
  Buffer<Real> scratch(full_to_band_scratch<Real>(n));
  full_to_band(stages, Tiles<Real>(n, data.data()), band.data(), scratch.data(), team, keep);
  return band;
}

/// The same as a full matrix, row-major. What is not of the band must be zero.
template <class Real>
std::vector<double> band_of(const simd::Stages& stages, const std::vector<double>& symmetric, uint64_t n,
                            const BandReflectors<Real>* keep = nullptr) {
  TeamOfOne alone;
  const std::vector<Real> band = stored_band<Real>(stages, symmetric, n, alone, keep);
  const uint64_t b = bandwidth<Real>(n);
  std::vector<double> full(n * n, 0.0);
  uint64_t strays = 0;
  for (uint64_t c = 0; c < n + 2 * b + 1; ++c) {
    for (uint64_t k = 0; k < 2 * b + 1; ++k) {
      const double value = band[c * (2 * b + 1) + k];
      if (c < n && k <= b && c + k < n) {
        full[c * n + c + k] = full[(c + k) * n + c] = value;
      } else if (value != 0) {
        ++strays;
      }
    }
  }
  CHECK(strays == 0);
  return full;
}

std::vector<double> lapack_eigenvalues(std::vector<double> symmetric, uint64_t n) {
  return tridiagonal_eigenvalues(tridiagonalize(symmetric.data(), n));
}

/// Entries of order 1 / √n: the norm is of order 1.
std::vector<double> random_symmetric(uint64_t n, unsigned seed) {
  std::vector<double> a = random_matrix<double>(n, n, seed);
  for (uint64_t i = 0; i < n; ++i) {
    for (uint64_t j = 0; j <= i; ++j) {
      a[i * n + j] = a[j * n + i] = static_cast<float>(a[i * n + j] / std::sqrt(static_cast<double>(n)));
    }
  }
  return a;
}

template <class Real>
void check_band(const simd::Stages& stages, const std::vector<double>& a, uint64_t n) {
  CAPTURE(stages.name);
  CAPTURE(n);
  CAPTURE(sizeof(Real));
  const std::vector<double> band = band_of<Real>(stages, a, n);
  double norm = 0;
  double trace = 0;
  for (uint64_t i = 0; i < n; ++i) trace += a[i * n + i] - band[i * n + i];
  for (const double x : a) norm += x * x;
  norm = std::sqrt(norm);
  const double unit =
      static_cast<double>(std::numeric_limits<Real>::epsilon()) * static_cast<double>(n) * norm;
  CHECK(std::abs(trace) <= unit);
  CHECK(largest_difference(lapack_eigenvalues(band, n), lapack_eigenvalues(a, n)) <= unit);
}

}  // namespace

TEST_CASE("full to band keeps the eigenvalues around every block boundary") {
  for (const simd::Stages* stages : available_stages()) {
    for (const uint64_t n :
         {0,  1,  2,  3,  15, 16, 17, 23, 24, 25,  26,  31,  32,  33,  34,  47,  48,  49,
          50, 63, 64, 71, 72, 73, 95, 96, 97, 119, 120, 121, 143, 144, 145, 191, 192, 193}) {
      const std::vector<double> a = random_symmetric(n, static_cast<unsigned>(n) + 1);
      check_band<double>(*stages, a, n);
      check_band<float>(*stages, a, n);
    }
  }
}

TEST_CASE("full to band keeps the eigenvalues on both sides of the order where tiles grow") {
#if defined(SPECTRAP_SANITIZED)
  const auto orders = {1500};  // the others take a minute under a sanitizer, and show it nothing new
#else
  const auto orders = {1499, 1500, 1537};
#endif
  for (const simd::Stages* stages : available_stages()) {
    for (const uint64_t n : orders) {
      const std::vector<double> a = random_symmetric(n, 7);
      check_band<double>(*stages, a, n);
      check_band<float>(*stages, a, n);
    }
  }
}

TEST_CASE("full to band of special matrices") {
  const uint64_t n = 150;
  std::vector<std::vector<double>> matrices(6, std::vector<double>(n * n, 0.0));
  const std::vector<double> random = random_matrix<double>(n, 5, 3);
  for (uint64_t i = 0; i < n; ++i) {
    matrices[1][i * n + i] = 1;                         // identity; matrices[0] is zero
    matrices[2][i * n + i] = std::pow(10.0, -0.2 * i);  // graded to 1e-30
    for (uint64_t j = 0; j < n; ++j) {
      matrices[3][i * n + j] = 1.0 / n;  // all equal
      for (uint64_t k = 0; k < 5; ++k) matrices[4][i * n + j] += random[i * 5 + k] * random[j * 5 + k] / n;
      const auto reach = static_cast<double>(i > j ? i - j : j - i);
      matrices[5][i * n + j] = i % 2 == 0 && j % 2 == 0 ? 1 / (1 + reach) : 0;  // half of the columns zero
    }
  }
  for (const simd::Stages* stages : available_stages()) {
    for (const std::vector<double>& a : matrices) {
      check_band<double>(*stages, a, n);
      check_band<float>(*stages, a, n);
    }
  }
}

TEST_CASE("the reflectors turn the band back into the matrix") {
  for (const simd::Stages* stages : available_stages()) {
    for (const uint64_t n : {25, 97, 150}) {
      const std::vector<double> a = random_symmetric(n, 11);
      const uint64_t b = bandwidth<double>(n);
      const uint64_t padded = Tiles<double>(n, nullptr).padded();
      std::vector<double> v(band_panels<double>(n) * padded * b, 1e300);
      std::vector<double> t(band_panels<double>(n) * b * b, 1e300);
      const BandReflectors<double> kept{v.data(), t.data()};
      std::vector<double> x = band_of<double>(*stages, a, n, &kept);
      // X ← Q·X, then transposed and once more: Q·B·Qᵀ.
      for (int side = 0; side < 2; ++side) {
        for (uint64_t panel = band_panels<double>(n); panel-- > 0;) {
          const double* vp = v.data() + panel * padded * b;
          const double* tp = t.data() + panel * b * b;
          for (uint64_t col = 0; col < n; ++col) {
            std::vector<double> product(b, 0.0);
            for (uint64_t r = 0; r < n; ++r)
              for (uint64_t k = 0; k < b; ++k) product[k] += vp[r * b + k] * x[r * n + col];
            for (uint64_t r = 0; r < n; ++r)
              for (uint64_t k = 0; k < b; ++k)
                for (uint64_t l = k; l < b; ++l) x[r * n + col] -= vp[r * b + k] * tp[k * b + l] * product[l];
          }
        }
        for (uint64_t i = 0; i < n; ++i)
          for (uint64_t j = 0; j < i; ++j) std::swap(x[i * n + j], x[j * n + i]);
      }
      CHECK(largest_difference(x, a) < static_cast<double>(n) * 2.3e-16);
    }
  }
}

// Minutes under a sanitizer, which would see nothing here that smaller orders do not show.
#if !defined(SPECTRAP_SANITIZED)
TEST_CASE("full to band gives the same bits whoever runs its tasks") {
  const uint64_t n = 4097;  // the smallest orders that are shared
  std::vector<double> a(n * n, 0.0);
  for (uint64_t i = 0; i < n; ++i) {
    for (uint64_t j = 0; j <= i; ++j) {
      const double distance = static_cast<double>(i - j);
      if (i - j < 300) a[i * n + j] = a[j * n + i] = 1 / (1 + distance * distance);
    }
  }
  TeamOfOne alone;
  ReversedTeam reversed;
  CHECK(stored_band<float>(stages(), a, n, alone) == stored_band<float>(stages(), a, n, reversed));
  CHECK(reversed.most_tasks > 1);
}
#endif
