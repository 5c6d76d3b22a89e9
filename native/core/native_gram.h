#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "block_source.h"
#include "buffer.h"
#include "eigen_pairs.h"
#include "matrix.h"
#include "product.h"
#include "simd/stages.h"
#include "stage.h"
#include "team.h"
#include "tile_solver.h"

namespace spectrap {

/// The Gram matrix of one shape, and the eigenvalues taken from it, by our own stages. Real is the type both
/// are computed in; the roots are always float64. LapackGram is the same by the system's library.
template <class Scalar>
class NativeGram {
 public:
  using Real = Scalar;

  NativeGram(const Matrix& shape, Team& team);

  /// Bytes an object of this shape allocates, and bytes its stages need besides.
  static uint64_t bytes(const Matrix& shape);
  static uint64_t scratch_bytes(const Matrix& shape);

  /// Chooses the arithmetic of the product from what the entries have in common; to be called before form().
  /// Gram matrices that are added need the same digits.
  void choose(const Digits& digits);
  /// |Δλ| ≤ promise·λmax under that choice.
  double promise() const { return choice_.promise; }

  /// Forms the Gram matrix of scale·W; `scale` is a power of two. Where rounding errors of float32 sums line
  /// up so that they threaten the promise, it is formed again by float64 products; where Real is float it
  /// throws SPECTRUM_CHECK instead.
  void form(BlockSource& source, double scale, StageSeconds& seconds);

  /// Instead of form(): start from zero, then add Gram matrices of the same order and scale.
  void clear(double scale);
  void add(const NativeGram& other);

  /// Eigenvalues of WᵀW, ascending; destroys the Gram matrix. `sum_squares` is ‖W‖²_F from the moments.
  /// Throws SPECTRUM_CHECK (spectrum_check.h), ERR_CANCELLED.
  std::vector<double> eigenvalues(double sum_squares, StageSeconds& seconds,
                                  const std::atomic<bool>& cancelled);

  /// The same with eigenvectors of the `top` largest (TileSolver::top_pairs). Throws NO_CONVERGENCE, too.
  EigenPairs top_pairs(uint64_t top, double sum_squares, StageSeconds& seconds,
                       const std::atomic<bool>& cancelled);
  /// Bytes top_pairs() allocates besides, results apart.
  static uint64_t top_pairs_bytes(uint64_t m, uint64_t top);

 private:
  Matrix shape_;
  Team& team_;
  const simd::Stages& stages_;
  Buffer<Real> data_;
  Tiles<Real> tiles_;
  TileSolver<Real> solver_;
  ProductChoice choice_;
  double scale_ = 1;
};

}  // namespace spectrap
