#define SPECTRAP_ISA generic
#define SPECTRAP_VECTOR_BYTES 16
#define SPECTRAP_VECTOR_REGISTERS 16
#include "stages.inl"

namespace spectrap::simd::generic {
const Stages stages = make_stages("generic");
}
