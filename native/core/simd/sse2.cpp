#define SPECTRAP_ISA sse2
#define SPECTRAP_VECTOR_BYTES 16
#define SPECTRAP_VECTOR_REGISTERS 16
#include "stages.inl"

namespace spectrap::simd::sse2 {
const Stages stages = make_stages("sse2");
}
