#pragma once

#include <cstdint>

namespace spectrap {

/// A symmetric band matrix in the lower storage of band.h, read only.
struct SymmetricBand {
  uint64_t n;
  uint64_t b;  ///< subdiagonals
  const double* data;

  /// Element (row, col), row ≥ col.
  double at(uint64_t row, uint64_t col) const { return data[col * (2 * b + 1) + (row - col)]; }
};

/// Elements of scratch that inverse_iteration() needs.
uint64_t inverse_iteration_scratch(uint64_t n, uint64_t b);

/// Eigenvectors of a band matrix for `count` of its computed eigenvalues, in any order, neighbours beside
/// each other: inverse iteration from random starts (Golub and Van Loan, Matrix Computations, 8.2.2), every
/// iterate kept orthogonal to the vectors before it, so that clusters come out as an orthonormal basis.
/// `vectors` receives them one after another, n elements each: ‖Bv − λv‖ ≤ 4·n·ε·‖B‖, where ε, `accuracy`, is
/// that of the type the eigenvalues were computed in, and vᵀv′ of a few float64 ε. Throws NO_CONVERGENCE if a
/// vector does not reach that.
void inverse_iteration(const SymmetricBand& band, const double* eigenvalues, uint64_t count, double accuracy,
                       double* vectors, double* scratch);

}  // namespace spectrap
