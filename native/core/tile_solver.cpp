#include "tile_solver.h"

#include <algorithm>
#include <limits>

#include "band.h"
#include "chase.h"
#include "inverse_iteration.h"
#include "sturm.h"

namespace spectrap {
namespace {

/// X ← Q·X for the n × count matrix X, row-major: the panels of Q from the last to the first.
template <class Real>
void apply_reflectors(const BandReflectors<Real>& q, uint64_t n, double* x, uint64_t count) {
  const uint64_t b = bandwidth<Real>(n);
  const uint64_t panel_elements = Tiles<Real>::count_of(n) * Tiles<Real>::side_of(n) * b;
  std::vector<double> product(b * count);
  std::vector<double> scaled(b * count);
  for (uint64_t panel = band_panels<Real>(n); panel-- > 0;) {
    const Real* v = q.v + panel * panel_elements;
    const Real* t = q.t + panel * b * b;
    const uint64_t first = (panel + 1) * b;  // rows above are zero in V
    std::fill(product.begin(), product.end(), 0.0);
    for (uint64_t row = first; row < n; ++row) {
      for (uint64_t k = 0; k < b; ++k) {
        const auto factor = static_cast<double>(v[row * b + k]);
        for (uint64_t c = 0; c < count; ++c) product[k * count + c] += factor * x[row * count + c];
      }
    }
    std::fill(scaled.begin(), scaled.end(), 0.0);
    for (uint64_t k = 0; k < b; ++k) {
      for (uint64_t l = k; l < b; ++l) {
        const auto factor = static_cast<double>(t[k * b + l]);
        for (uint64_t c = 0; c < count; ++c) scaled[k * count + c] += factor * product[l * count + c];
      }
    }
    for (uint64_t row = first; row < n; ++row) {
      for (uint64_t k = 0; k < b; ++k) {
        const auto factor = static_cast<double>(v[row * b + k]);
        for (uint64_t c = 0; c < count; ++c) x[row * count + c] -= factor * scaled[k * count + c];
      }
    }
  }
}

}  // namespace

template <class Real>
TileSolver<Real>::TileSolver(const simd::Stages& stages, uint64_t n, Team& team)
    : stages_(stages),
      n_(n),
      team_(team),
      band_(band_size(n, bandwidth<Real>(n))),
      scratch_(full_to_band_scratch<Real>(n)),
      tridiagonal_(2 * n),
      roots_scratch_(tridiagonal_eigenvalues_scratch(n)) {}

template <class Real>
uint64_t TileSolver<Real>::bytes(uint64_t n) {
  return Buffer<Real>::bytes(band_size(n, bandwidth<Real>(n))) +
         Buffer<Real>::bytes(full_to_band_scratch<Real>(n)) + Buffer<double>::bytes(2 * n) +
         Buffer<double>::bytes(tridiagonal_eigenvalues_scratch(n));
}

template <class Real>
std::vector<double> TileSolver<Real>::band_eigenvalues(StageSeconds& seconds,
                                                       const std::atomic<bool>& cancelled) {
  double* diagonal = tridiagonal_.data();
  double* off_diagonal = diagonal + n_;
  check_cancelled(cancelled);
  {
    const StageTimer timer(seconds.chase);
    band_to_tridiagonal(stages_, n_, bandwidth<Real>(n_), band_.data(), diagonal, off_diagonal);
  }
  check_cancelled(cancelled);
  const StageTimer timer(seconds.roots);
  std::vector<double> values(n_);
  sturm_eigenvalues(stages_, n_, diagonal, off_diagonal, values.data(), roots_scratch_.data(), team_);
  return values;
}

template <class Real>
std::vector<double> TileSolver<Real>::eigenvalues(const Tiles<Real>& a, StageSeconds& seconds,
                                                  const std::atomic<bool>& cancelled) {
  check_cancelled(cancelled);
  {
    const StageTimer timer(seconds.reduce);
    full_to_band(stages_, a, band_.data(), scratch_.data(), team_);
  }
  return band_eigenvalues(seconds, cancelled);
}

template <class Real>
EigenPairs TileSolver<Real>::top_pairs(const Tiles<Real>& a, uint64_t top, StageSeconds& seconds,
                                       const std::atomic<bool>& cancelled) {
  const uint64_t b = bandwidth<Real>(n_);
  const uint64_t panels = band_panels<Real>(n_);
  Buffer<Real> v(panels * a.padded() * b);
  Buffer<Real> t(panels * b * b);
  const BandReflectors<Real> q{v.data(), t.data()};
  check_cancelled(cancelled);
  {
    const StageTimer timer(seconds.reduce);
    full_to_band(stages_, a, band_.data(), scratch_.data(), team_, &q);
  }
  const std::vector<double> band(band_.data(), band_.data() + band_.size());
  EigenPairs pairs;
  pairs.values = band_eigenvalues(seconds, cancelled);
  check_cancelled(cancelled);

  std::vector<double> of_band(n_ * top);
  Buffer<double> scratch(inverse_iteration_scratch(n_, b));
  const double* wanted = pairs.values.data() + (n_ - top);
  constexpr auto accuracy = static_cast<double>(std::numeric_limits<Real>::epsilon());
  inverse_iteration({n_, b, band.data()}, wanted, top, accuracy, of_band.data(), scratch.data());

  std::vector<double> rows(n_ * top);
  for (uint64_t k = 0; k < top; ++k)
    for (uint64_t i = 0; i < n_; ++i) rows[i * top + k] = of_band[k * n_ + i];
  apply_reflectors(q, n_, rows.data(), top);
  pairs.vectors.resize(n_ * top);
  for (uint64_t k = 0; k < top; ++k)
    for (uint64_t i = 0; i < n_; ++i) pairs.vectors[k * n_ + i] = rows[i * top + k];
  return pairs;
}

template <class Real>
uint64_t TileSolver<Real>::top_pairs_bytes(uint64_t n, uint64_t top) {
  const uint64_t b = bandwidth<Real>(n);
  const uint64_t padded = Tiles<Real>::count_of(n) * Tiles<Real>::side_of(n);
  return Buffer<Real>::bytes(band_panels<Real>(n) * padded * b) +
         Buffer<Real>::bytes(band_panels<Real>(n) * b * b) +
         sizeof(double) * (band_size(n, b) + 2 * n * top + 2 * b * top) +
         Buffer<double>::bytes(inverse_iteration_scratch(n, b));
}

template class TileSolver<double>;
template class TileSolver<float>;

}  // namespace spectrap
