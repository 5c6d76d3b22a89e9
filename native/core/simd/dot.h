#pragma once

#include <cstdint>

#include "vector.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// Dot products of the two or four small numbers in each 32-bit word, lane by lane: the only instructions of
// the Gram stage that vector extensions cannot name. Each has a plain equivalent.

namespace spectrap::simd::SPECTRAP_ISA {

using Words = Vector<uint32_t>;

/// The halves of each word as signed numbers.
SPECTRAP_INLINE Vector<int32_t> low_half(Words w) { return (Vector<int32_t>)(w << 16) >> 16; }
SPECTRAP_INLINE Vector<int32_t> high_half(Words w) { return (Vector<int32_t>)w >> 16; }

/// sum + a₀b₀ + a₁b₁, signed 16-bit.
#if defined(__aarch64__)
// Multiply-and-add keeps the even and odd products of two words apart; they meet in total().
struct PairSums {
  int32x4_t first, second;
};
SPECTRAP_INLINE PairSums dot_pairs(PairSums sum, Words a, Words b) {
  const int16x8_t x = (int16x8_t)a;
  const int16x8_t y = (int16x8_t)b;
  return {vmlal_s16(sum.first, vget_low_s16(x), vget_low_s16(y)), vmlal_high_s16(sum.second, x, y)};
}
SPECTRAP_INLINE Vector<int32_t> total(PairSums sum) {
  return (Vector<int32_t>)vpaddq_s32(sum.first, sum.second);
}
#else
using PairSums = Vector<int32_t>;
SPECTRAP_INLINE PairSums dot_pairs(PairSums sum, Words a, Words b) {
#if defined(__AVX512VNNI__)
  return (PairSums)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
#elif SPECTRAP_VECTOR_BYTES == 64 && defined(__AVX512BW__)
  return sum + (PairSums)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif SPECTRAP_VECTOR_BYTES == 32 && defined(__AVX2__)
  return sum + (PairSums)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif SPECTRAP_VECTOR_BYTES == 16 && defined(__SSE2__)
  return sum + (PairSums)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
  return sum + low_half(a) * low_half(b) + high_half(a) * high_half(b);
#endif
}
SPECTRAP_INLINE Vector<int32_t> total(PairSums sum) { return sum; }
#endif

/// sum + Σ aᵢbᵢ of four: a unsigned, b signed.
SPECTRAP_INLINE Vector<int32_t> dot_quads(Vector<int32_t> sum, Words a, Words b) {
#if defined(__AVX512VNNI__)
  return (Vector<int32_t>)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
#else
  for (int shift = 0; shift < 32; shift += 8) {
    sum += (Vector<int32_t>)(a >> shift & 255u) * ((Vector<int32_t>)(b << (24 - shift)) >> 24);
  }
  return sum;
#endif
}

/// sum + a₀b₀ + a₁b₁ of BF16, in float32. The instruction takes subnormal numbers for zero.
SPECTRAP_INLINE Vector<float> dot_bf16(Vector<float> sum, Words a, Words b) {
#if defined(__AVX512BF16__)
  return (Vector<float>)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
#else
  sum += (Vector<float>)(a << 16) * (Vector<float>)(b << 16);
  return sum + (Vector<float>)(a & 0xffff0000u) * (Vector<float>)(b & 0xffff0000u);
#endif
}

}  // namespace spectrap::simd::SPECTRAP_ISA
