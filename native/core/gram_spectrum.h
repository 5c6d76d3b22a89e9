#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "block_source.h"
#include "buffer.h"
#include "matrix.h"
#include "stage.h"

namespace spectrap {

/// The Gram matrix of one shape, and the eigenvalues taken from it. Real is the type both are computed in;
/// the roots are always float64.
template <class Real>
class GramSpectrum {
 public:
  explicit GramSpectrum(const Matrix& shape);

  /// Bytes an object of this shape allocates, and bytes its stages need besides.
  static uint64_t bytes(const Matrix& shape);
  static uint64_t scratch_bytes(const Matrix& shape);

  /// Forms the Gram matrix of scale·W; `scale` is a power of two.
  void form(BlockSource& source, double scale, StageSeconds& seconds);

  /// Instead of form(): start from zero, then add Gram matrices of the same order and scale.
  void clear(double scale);
  void add(const GramSpectrum& other);

  /// Eigenvalues of WᵀW, ascending; destroys the Gram matrix. `sum_squares` is ‖W‖²_F from the moments.
  /// The result is checked against the matrix: Σλ = ‖W‖²_F and Σλ² = ‖G‖²_F. Throws SPECTRUM_CHECK,
  /// NO_CONVERGENCE, ERR_CANCELLED.
  std::vector<double> eigenvalues(double sum_squares, StageSeconds& seconds,
                                  const std::atomic<bool>& cancelled);

 private:
  Matrix shape_;
  uint64_t m_;
  Buffer<Real> g_;
  double scale_ = 1;
};

}  // namespace spectrap
