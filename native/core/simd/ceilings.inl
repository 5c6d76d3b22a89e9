#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#include "stages.h"
#include "vector.h"

namespace spectrap::simd::SPECTRAP_ISA {

/// Independent accumulators: more than latency times units of any CPU at hand (10), within the registers.
constexpr int ceiling_chains = vector_registers == 32 ? 24 : 12;

/// acc ← acc·a + b in every chain. Factors the compiler cannot know keep it from saving the work; with a = 1/2
/// values stay near 2b, far from overflow and from denormal numbers.
template <class Real>
void multiply_add_peak(uint64_t steps) {
  volatile Real half = Real(0.5);
  const Vector<Real> a = broadcast<Real>(half);
  const Vector<Real> b = broadcast<Real>(half) + broadcast<Real>(half);
  Vector<Real> acc[ceiling_chains];
  for (int k = 0; k < ceiling_chains; ++k) acc[k] = b;
  for (uint64_t step = 0; step < steps; ++step) {
    for (int k = 0; k < ceiling_chains; ++k) acc[k] = acc[k] * a + b;
  }
  Real sum = 0;
  for (int k = 0; k < ceiling_chains; ++k) {
    for (int lane = 0; lane < lanes<Real>; ++lane) sum += acc[k][lane];
  }
  volatile Real result = sum;
  (void)result;
}

template <class Real>
constexpr uint64_t multiply_add_operations = 2 * ceiling_chains * lanes<Real>;

#if defined(__x86_64__) || defined(__ARM_NEON)
#define SPECTRAP_HAS_DOT 1

// Integer dot products of the set: acc ← acc + pairs (quadruples) of products. Where the product does not
// take the accumulator in, it takes it as a factor: a product of constants would leave the loop.
#if defined(__AVX512VNNI__)
using Words = __m512i;
SPECTRAP_INLINE Words dot_i16(Words acc, Words x) { return _mm512_dpwssd_epi32(acc, x, x); }
SPECTRAP_INLINE Words dot_i8(Words acc, Words x) { return _mm512_dpbusd_epi32(acc, x, x); }
#elif defined(__AVX512BW__)
using Words = __m512i;
SPECTRAP_INLINE Words dot_i16(Words acc, Words x) { return _mm512_add_epi32(acc, _mm512_madd_epi16(acc, x)); }
#elif defined(__AVX2__)
using Words = __m256i;
SPECTRAP_INLINE Words dot_i16(Words acc, Words x) { return _mm256_add_epi32(acc, _mm256_madd_epi16(acc, x)); }
#elif defined(__x86_64__)
using Words = __m128i;
SPECTRAP_INLINE Words dot_i16(Words acc, Words x) { return _mm_add_epi32(acc, _mm_madd_epi16(acc, x)); }
#else
using Words = int32x4_t;
SPECTRAP_INLINE Words dot_i16(Words acc, Words x) {
  return vmlal_s16(acc, vget_low_s16(vreinterpretq_s16_s32(acc)), vget_low_s16(vreinterpretq_s16_s32(x)));
}
#endif

template <Words (*dot)(Words, Words)>
void dot_peak(uint64_t steps) {
  volatile uint64_t start = 0x0001000200030004;
  uint64_t words[sizeof(Words) / 8];
  for (uint64_t& word : words) word = start;
  Words x;
  __builtin_memcpy(&x, words, sizeof x);
  Words acc[ceiling_chains];
  for (int k = 0; k < ceiling_chains; ++k) acc[k] = x;
  for (uint64_t step = 0; step < steps; ++step) {
    for (int k = 0; k < ceiling_chains; ++k) acc[k] = dot(acc[k], x);
  }
  uint64_t sum = 0;
  for (int k = 0; k < ceiling_chains; ++k) {
    __builtin_memcpy(words, &acc[k], sizeof x);
    for (const uint64_t word : words) sum += word;
  }
  volatile uint64_t result = sum;
  (void)result;
}

#if defined(__ARM_NEON)
constexpr uint64_t dot_i16_operations = 2 * ceiling_chains * 4;  // a widening product of half a register
#else
constexpr uint64_t dot_i16_operations = 2 * ceiling_chains * sizeof(Words) / 2;
#endif
#endif

#if defined(__AVX512BF16__)
inline void dot_bf16_peak(uint64_t steps) {
  volatile float one = 1;
  const __m512bh x = _mm512_cvtne2ps_pbh(_mm512_set1_ps(one), _mm512_set1_ps(one));
  __m512 acc[ceiling_chains];
  for (int k = 0; k < ceiling_chains; ++k) acc[k] = _mm512_set1_ps(one);
  for (uint64_t step = 0; step < steps; ++step) {
    for (int k = 0; k < ceiling_chains; ++k) acc[k] = _mm512_dpbf16_ps(acc[k], x, x);
  }
  float sum = 0;
  for (int k = 0; k < ceiling_chains; ++k) {
    for (int lane = 0; lane < 16; ++lane) sum += acc[k][lane];
  }
  volatile float result = sum;
  (void)result;
}
#endif

inline double read_memory(uint64_t count, const double* from) {
  constexpr int chains = 8;
  constexpr uint64_t step = uint64_t{chains} * lanes<double>;
  Vector<double> acc[chains] = {};
  for (uint64_t i = 0; i + step <= count; i += step) {
    for (int k = 0; k < chains; ++k) acc[k] += load(from + i + k * lanes<double>);
  }
  double sum = 0;
  for (int k = 0; k < chains; ++k) {
    for (int lane = 0; lane < lanes<double>; ++lane) sum += acc[k][lane];
  }
  for (uint64_t i = count - count % step; i < count; ++i) sum += from[i];
  return sum;
}

inline void triad(uint64_t count, double* to, const double* a, const double* b, double scale) {
  const Vector<double> factor = broadcast(scale);
  uint64_t i = 0;
  for (; i + lanes<double> <= count; i += lanes<double>) store(to + i, load(a + i) + factor * load(b + i));
  for (; i < count; ++i) to[i] = a[i] + scale * b[i];
}

constexpr CeilingLoops ceiling_loops() {
  return {{{"fma_f64", multiply_add_operations<double>, &multiply_add_peak<double>},
           {"fma_f32", multiply_add_operations<float>, &multiply_add_peak<float>},
#if defined(SPECTRAP_HAS_DOT)
           {"dot_i16", dot_i16_operations, &dot_peak<&dot_i16>},
#endif
#if defined(__AVX512VNNI__)
           {"dot_i8", 2 * dot_i16_operations, &dot_peak<&dot_i8>},
#endif
#if defined(__AVX512BF16__)
           {"dot_bf16", dot_i16_operations, &dot_bf16_peak},
#endif
          },
          &read_memory,
          &triad};
}

}  // namespace spectrap::simd::SPECTRAP_ISA
