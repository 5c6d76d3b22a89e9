#define SPECTRAP_ISA neon
#define SPECTRAP_VECTOR_BYTES 16
#define SPECTRAP_VECTOR_REGISTERS 32
#include "stages.inl"

namespace spectrap::simd::neon {
const Stages stages = make_stages("neon");
}
