#define SPECTRAP_ISA avx2
#define SPECTRAP_VECTOR_BYTES 32
#define SPECTRAP_VECTOR_REGISTERS 16
#include "stages.inl"

namespace spectrap::simd::avx2 {
const Stages stages = make_stages("avx2");
}
