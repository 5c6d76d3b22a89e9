#pragma once

#include "stages.h"
#include "vector.h"

namespace spectrap::simd::SPECTRAP_ISA {

template <class Real>
void band_to_tridiagonal(uint64_t n, uint64_t bandwidth, Real* band, double* diagonal, double* off_diagonal) {
  (void)n, (void)bandwidth, (void)band, (void)diagonal, (void)off_diagonal;
}

}  // namespace spectrap::simd::SPECTRAP_ISA
