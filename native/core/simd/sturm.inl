#pragma once

#include "stages.h"
#include "vector.h"

namespace spectrap::simd::SPECTRAP_ISA {

inline void tridiagonal_eigenvalues(uint64_t n, const double* diagonal, const double* off_diagonal, double* values,
                                    double* scratch) {
  (void)n, (void)diagonal, (void)off_diagonal, (void)values, (void)scratch;
}

}  // namespace spectrap::simd::SPECTRAP_ISA
