#include "symmetric.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "buffer.h"
#include "error.h"
#include "tile_solver.h"

namespace spectrap {
namespace {

/// The largest absolute value of the lower triangle; infinite or NaN if an entry is.
template <class Real>
Real largest_entry(const Real* matrix, uint64_t n) {
  Real largest = 0;
  for (uint64_t j = 0; j < n; ++j) {
    Real sum = 0;  // a NaN would get lost in a maximum
    for (uint64_t i = j; i < n; ++i) {
      largest = std::max(largest, std::abs(matrix[j * n + i]));
      sum += matrix[j * n + i] * 0;
    }
    if (std::isnan(sum)) return sum;
  }
  return largest;
}

/// The lower triangle times `scale`, by tiles; both triangles in those of the diagonal.
template <class Real>
void fill_tiles(const Real* matrix, uint64_t n, Real scale, const Tiles<Real>& tiles) {
  const uint64_t side = tiles.side();
  for (uint64_t tj = 0; tj < tiles.count(); ++tj) {
    for (uint64_t ti = tj; ti < tiles.count(); ++ti) {
      Real* tile = tiles.tile(ti, tj);
      for (uint64_t c = 0; c < side; ++c) {
        const uint64_t col = tj * side + c;
        const uint64_t first = ti == tj ? c : 0;
        const uint64_t rows = std::min(side, n - std::min(n, ti * side));
        for (uint64_t r = first; r < side; ++r) {
          tile[c * side + r] = col < n && r < rows ? matrix[col * n + ti * side + r] * scale : Real{0};
        }
        for (uint64_t r = 0; r < first; ++r) tile[c * side + r] = tile[r * side + c];
      }
    }
  }
}

}  // namespace

template <class Real>
std::vector<double> symmetric_eigenvalues(const simd::Stages& stages, const Real* matrix, uint64_t n,
                                          Team& team) {
  const Real largest = largest_entry(matrix, n);
  if (!std::isfinite(largest)) throw Error("NON_FINITE", "the matrix has NaN or infinite entries");
  std::vector<double> values(n, 0.0);
  if (largest == 0) return values;
  // Subnormal matrices stay so when the scale would leave the type; what they lose is below the smallest
  // number.
  int exponent = 0;
  std::frexp(largest, &exponent);
  exponent = std::clamp(exponent, std::numeric_limits<Real>::min_exponent,
                        std::numeric_limits<Real>::max_exponent - 1);

  Buffer<Real> data(Tiles<Real>::size(n));
  const Tiles<Real> tiles(n, data.data());
  fill_tiles(matrix, n, std::ldexp(Real{1}, -exponent), tiles);
  TileSolver<Real> solver(stages, n, team);
  StageSeconds seconds;
  values = solver.eigenvalues(tiles, seconds, std::atomic<bool>{false});
  for (double& value : values) value = std::ldexp(value, exponent);
  return values;
}

template std::vector<double> symmetric_eigenvalues(const simd::Stages&, const double*, uint64_t, Team&);
template std::vector<double> symmetric_eigenvalues(const simd::Stages&, const float*, uint64_t, Team&);

}  // namespace spectrap
