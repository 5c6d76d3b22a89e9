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

/// What the compiler must take as used.
template <class V>
SPECTRAP_INLINE void use(const V& v) {
  __asm__ volatile("" : : "r"(&v) : "memory");
}

/// acc ← acc·a + b in every chain. Factors the compiler cannot know, and another start of every chain, keep
/// it from saving the work; with a = 1/2 values stay near 2b, far from overflow and from denormal numbers.
template <class Real>
void multiply_add_peak(uint64_t steps) {
  volatile Real half = Real(0.5);
  const Vector<Real> a = broadcast<Real>(half);
  const Vector<Real> b = broadcast<Real>(half) + broadcast<Real>(half);
  Vector<Real> acc[ceiling_chains];
  Vector<Real> start = b;
#pragma GCC unroll 32
  for (Vector<Real>& chain : acc) chain = start += b;
  for (uint64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 32
    for (Vector<Real>& chain : acc) chain = chain * a + b;
  }
  Vector<Real> sum = b;
#pragma GCC unroll 32
  for (const Vector<Real>& chain : acc) sum += chain;
  use(sum);
}

template <class Real>
constexpr uint64_t multiply_add_operations = uint64_t{2} * ceiling_chains* lanes<Real>;

#if defined(__x86_64__) || defined(__ARM_NEON)
#define SPECTRAP_HAS_DOT 1

// Integer dot products of the set: acc ← acc + pairs (quadruples) of products. Where the product does not
// take the accumulator in, it takes it as a factor: a product of constants would leave the loop.
#if defined(__AVX512VNNI__)
using Register = __m512i;
SPECTRAP_INLINE Register dot_i16(Register acc, Register x) { return _mm512_dpwssd_epi32(acc, x, x); }
SPECTRAP_INLINE Register dot_i8(Register acc, Register x) { return _mm512_dpbusd_epi32(acc, x, x); }
#elif defined(__AVX512BW__)
using Register = __m512i;
SPECTRAP_INLINE Register dot_i16(Register acc, Register x) {
  return _mm512_add_epi32(acc, _mm512_madd_epi16(acc, x));
}
#elif defined(__AVX2__)
using Register = __m256i;
SPECTRAP_INLINE Register dot_i16(Register acc, Register x) {
  return _mm256_add_epi32(acc, _mm256_madd_epi16(acc, x));
}
#elif defined(__x86_64__)
using Register = __m128i;
SPECTRAP_INLINE Register dot_i16(Register acc, Register x) {
  return _mm_add_epi32(acc, _mm_madd_epi16(acc, x));
}
#else
using Register = int32x4_t;
SPECTRAP_INLINE Register dot_i16(Register acc, Register x) {
  return vmlal_s16(acc, vget_low_s16(vreinterpretq_s16_s32(acc)), vget_low_s16(vreinterpretq_s16_s32(x)));
}
#endif

template <Register (*dot)(Register, Register)>
void dot_peak(uint64_t steps) {
  volatile uint64_t unknown = 0x0001000200030004;
  const uint64_t word = unknown;
  Register x;
  for (uint64_t i = 0; i < sizeof(Register); i += sizeof word) {
    __builtin_memcpy(reinterpret_cast<char*>(&x) + i, &word, sizeof word);
  }
  Register acc[ceiling_chains];
  Register start = x;
#pragma GCC unroll 32
  for (Register& chain : acc) chain = start = start + x;
  for (uint64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 32
    for (Register& chain : acc) chain = dot(chain, x);
  }
  Register sum = x;
#pragma GCC unroll 32
  for (const Register& chain : acc) sum = sum + chain;
  use(sum);
}

#if defined(__ARM_NEON)
constexpr uint64_t dot_i16_operations =
    uint64_t{2} * ceiling_chains * 4;  // a widening product of half a register
#else
constexpr uint64_t dot_i16_operations = uint64_t{2} * ceiling_chains * sizeof(Register) / 2;
#endif
#endif

#if defined(__AVX512BF16__)
inline void dot_bf16_peak(uint64_t steps) {
  volatile float one = 1;
  const __m512 ones = _mm512_set1_ps(one);
  const __m512bh x = _mm512_cvtne2ps_pbh(ones, ones);
  __m512 acc[ceiling_chains];
  __m512 start = ones;
#pragma GCC unroll 32
  for (__m512& chain : acc) chain = start = start + ones;
  for (uint64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 32
    for (__m512& chain : acc) chain = _mm512_dpbf16_ps(chain, x, x);
  }
  __m512 sum = ones;
#pragma GCC unroll 32
  for (const __m512& chain : acc) sum = sum + chain;
  use(sum);
}
#endif

inline double read_memory(uint64_t count, const double* from) {
  constexpr int chains = 8;
  constexpr uint64_t step = uint64_t{chains} * lanes<double>;
  Vector<double> acc[chains] = {};
  for (uint64_t i = 0; i + step <= count; i += step) {
    for (uint64_t k = 0; k < chains; ++k) acc[k] += load(from + i + uint64_t{lanes<double>} * k);
  }
  double sum = 0;
#pragma GCC unroll 32
  for (const Vector<double>& chain : acc) {
    for (int lane = 0; lane < lanes<double>; ++lane) sum += chain[lane];
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
  return {{
              {"fma_f64", multiply_add_operations<double>, &multiply_add_peak<double>},
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
