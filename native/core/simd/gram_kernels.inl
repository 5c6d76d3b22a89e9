#pragma once

#include "stages.h"
#include "vector.h"

namespace spectrap::simd::SPECTRAP_ISA {

constexpr GramKernels gram_kernels() { return {}; }

}  // namespace spectrap::simd::SPECTRAP_ISA
