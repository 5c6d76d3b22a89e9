#pragma once

#include <cstdint>
#include <vector>

namespace spectrap {

/// A symmetric tridiagonal matrix in float64: n diagonal and n − 1 off-diagonal entries.
struct Tridiagonal {
  std::vector<double> diagonal;
  std::vector<double> off_diagonal;
};

/// Scratch of tridiagonalize().
template <class Real>
uint64_t tridiagonalize_scratch_bytes(uint64_t n);

/// Householder reduction T = QᵀGQ of the symmetric matrix in the lower triangle of `g` (n × n, column-major,
/// destroyed). 4/3 n³ floating-point operations, half of them bound by memory (LAPACK ?sytrd).
template <class Real>
Tridiagonal tridiagonalize(Real* g, uint64_t n);

/// All eigenvalues of T, ascending, |Δλ| of a few ε‖T‖; always float64: the same step in float32 alone loses
/// 1e-5 of λmax. T is destroyed. Throws NO_CONVERGENCE if the QL/QR iteration fails (LAPACK dsterf).
std::vector<double> tridiagonal_eigenvalues(Tridiagonal t);

}  // namespace spectrap
