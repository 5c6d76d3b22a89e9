#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "block_source.h"
#include "buffer.h"
#include "eigen_pairs.h"
#include "matrix.h"
#include "product.h"
#include "stage.h"
#include "team.h"

namespace spectrap {

/// The Gram matrix of one shape, and the eigenvalues taken from it, by the system's BLAS and LAPACK, which
/// run on one thread. Real is the type both are computed in; the roots are always float64. NativeGram is the
/// same by our own stages.
template <class Scalar>
class LapackGram {
 public:
  using Real = Scalar;

  LapackGram(const Matrix& shape, Team& team);

  /// Bytes an object of this shape allocates, and bytes its stages need besides.
  static uint64_t bytes(const Matrix& shape);
  static uint64_t scratch_bytes(const Matrix& shape);

  /// The arithmetic of the product is always that of Real.
  void choose(const Digits&) {}
  /// |Δλ| ≤ promise·λmax.
  static double promise() { return sizeof(Real) == sizeof(float) ? single_promise : 1e-12; }

  /// Forms the Gram matrix of scale·W; `scale` is a power of two.
  void form(BlockSource& source, double scale, StageSeconds& seconds);

  /// Instead of form(): start from zero, then add Gram matrices of the same order and scale.
  void clear(double scale);
  void add(const LapackGram& other);

  /// Eigenvalues of WᵀW, ascending; destroys the Gram matrix. `sum_squares` is ‖W‖²_F from the moments.
  /// The result is checked against the matrix: Σλ = ‖W‖²_F and Σλ² = ‖G‖²_F. Throws SPECTRUM_CHECK,
  /// NO_CONVERGENCE, ERR_CANCELLED.
  std::vector<double> eigenvalues(double sum_squares, StageSeconds& seconds,
                                  const std::atomic<bool>& cancelled);

  /// The same with eigenvectors of the `top` largest, of all that dsyevd computes; in float64 alone.
  EigenPairs top_pairs(uint64_t top, double sum_squares, StageSeconds& seconds,
                       const std::atomic<bool>& cancelled);
  /// Bytes top_pairs() allocates besides, results apart.
  static uint64_t top_pairs_bytes(uint64_t m, uint64_t top);

 private:
  Matrix shape_;
  uint64_t m_;
  Buffer<Real> g_;
  double scale_ = 1;
};

}  // namespace spectrap
