// The body of every source of this folder, one per instruction set: SPECTRAP_ISA names it.

#include "band.inl"
#include "ceilings.inl"
#include "chase.inl"
#include "draw.inl"
#include "gram_kernels.inl"
#include "mxfp4.inl"
#include "philox.inl"
#include "screen.inl"
#include "stages.h"
#include "sturm.inl"
#include "vector.h"

namespace spectrap::simd::SPECTRAP_ISA {

extern const Stages stages;
constexpr Stages make_stages(const char* name) {
  return {name,
          {&full_to_band<double>, &band_to_tridiagonal<double>},
          {&full_to_band<float>, &band_to_tridiagonal<float>},
          &tridiagonal_eigenvalues,
          gram_kernels(),
          &philox4x32_blocks,
          &draw_below,
          ceiling_loops(),
          screen_kernels(),
          mxfp4_kernels()};
}

}  // namespace spectrap::simd::SPECTRAP_ISA
