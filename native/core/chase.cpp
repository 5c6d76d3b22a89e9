#include "chase.h"

namespace spectrap {

template <>
void band_to_tridiagonal<double>(const simd::Stages& stages, uint64_t n, uint64_t b, double* band,
                                 double* diagonal, double* off_diagonal) {
  stages.f64.band_to_tridiagonal(n, b, band, diagonal, off_diagonal);
}

template <>
void band_to_tridiagonal<float>(const simd::Stages& stages, uint64_t n, uint64_t b, float* band,
                                double* diagonal, double* off_diagonal) {
  stages.f32.band_to_tridiagonal(n, b, band, diagonal, off_diagonal);
}

}  // namespace spectrap
