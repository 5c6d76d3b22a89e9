#define SPECTRAP_ISA avx512
#define SPECTRAP_VECTOR_BYTES 64
#define SPECTRAP_VECTOR_REGISTERS 32
#include "stages.inl"

namespace spectrap::simd::avx512 {
const Stages stages = make_stages("avx512");
}
