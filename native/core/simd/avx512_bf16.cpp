#define SPECTRAP_ISA avx512_bf16
#define SPECTRAP_VECTOR_BYTES 64
#define SPECTRAP_VECTOR_REGISTERS 32
#define SPECTRAP_SMALL_DOTS  // int8 and BF16, by one instruction each
#include "stages.inl"

namespace spectrap::simd::avx512_bf16 {
const Stages stages = make_stages("avx512_bf16");
}
