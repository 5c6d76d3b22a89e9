// Philox4x32-10 of several counters at a time, one in each 64-bit lane. Contract: philox.h.

#pragma once

#include <cstdint>

#include "vector.h"

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace spectrap::simd::SPECTRAP_ISA {

/// Products of the lower halves of the lanes. The upper halves do not matter.
SPECTRAP_INLINE Vector<uint64_t> multiply_lower(Vector<uint64_t> a, Vector<uint64_t> b) {
#if SPECTRAP_VECTOR_BYTES == 64 && defined(__AVX512F__)
  // Of all lanes; without a mask g++ 12 warns of the lanes that would be left out.
  return (Vector<uint64_t>)_mm512_maskz_mul_epu32(0xff, (__m512i)a, (__m512i)b);
#elif SPECTRAP_VECTOR_BYTES == 32 && defined(__AVX2__)
  return (Vector<uint64_t>)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif SPECTRAP_VECTOR_BYTES == 16 && defined(__SSE2__)
  return (Vector<uint64_t>)_mm_mul_epu32((__m128i)a, (__m128i)b);
#elif SPECTRAP_VECTOR_BYTES == 16 && defined(__aarch64__)
  return (Vector<uint64_t>)vmull_u32(vmovn_u64((uint64x2_t)a), vmovn_u64((uint64x2_t)b));
#else
  return (a & 0xffffffff) * (b & 0xffffffff);
#endif
}

/// One round takes a dozen cycles from end to end but few to issue, so several vectors go through together.
constexpr int philox_vectors = vector_registers / 8;
constexpr uint64_t philox_batch = static_cast<uint64_t>(philox_vectors) * lanes<uint64_t>;

/// Blocks first_block … first_block + philox_batch − 1. `keys` are those of the ten rounds, two each.
SPECTRAP_INLINE void philox_blocks_at(uint32_t first_block, const uint32_t (&tail)[3],
                                      const uint32_t (&keys)[10][2], uint32_t* words) {
  using V = Vector<uint64_t>;
  const V multiplier0 = broadcast<uint64_t>(0xD2511F53);
  const V multiplier1 = broadcast<uint64_t>(0xCD9E8D57);
  // Only the lower halves count until the end; what a product leaves in the upper ones is never looked at.
  V x0[philox_vectors], x1[philox_vectors], x2[philox_vectors], x3[philox_vectors];
  for (int v = 0; v < philox_vectors; ++v) {
    V counters{};
    for (int l = 0; l < lanes<uint64_t>; ++l) {
      counters[l] = first_block + static_cast<uint32_t>(v * lanes<uint64_t> + l);
    }
    x0[v] = counters;
    x1[v] = broadcast<uint64_t>(tail[0]);
    x2[v] = broadcast<uint64_t>(tail[1]);
    x3[v] = broadcast<uint64_t>(tail[2]);
  }
  for (const auto& key : keys) {
    const V key0 = broadcast<uint64_t>(key[0]);
    const V key1 = broadcast<uint64_t>(key[1]);
    for (int v = 0; v < philox_vectors; ++v) {
      const V p0 = multiply_lower(x0[v], multiplier0);
      const V p1 = multiply_lower(x2[v], multiplier1);
      x0[v] = (p1 >> 32) ^ x1[v] ^ key0;
      x1[v] = p1;
      x2[v] = (p0 >> 32) ^ x3[v] ^ key1;
      x3[v] = p0;
    }
  }
  for (int v = 0; v < philox_vectors; ++v) {
    const V first = (x0[v] & 0xffffffff) | x1[v] << 32;
    const V second = (x2[v] & 0xffffffff) | x3[v] << 32;
    for (int l = 0; l < lanes<uint64_t>; ++l) {
      const uint64_t block[2] = {first[l], second[l]};
      __builtin_memcpy(words + uint64_t{4} * static_cast<uint64_t>(v * lanes<uint64_t> + l), block,
                       sizeof block);
    }
  }
}

void philox4x32_blocks(uint32_t first_block, uint64_t blocks, const uint32_t (&tail)[3],
                       const uint32_t (&key)[2], uint32_t* words) {
  uint32_t keys[10][2];
  for (uint32_t round = 0; round < 10; ++round) {
    keys[round][0] = key[0] + round * 0x9E3779B9;  // Weyl sequences
    keys[round][1] = key[1] + round * 0xBB67AE85;
  }
  uint64_t at = 0;
  for (; at + philox_batch <= blocks; at += philox_batch) {
    philox_blocks_at(first_block + static_cast<uint32_t>(at), tail, keys, words + 4 * at);
  }
  if (at == blocks) return;
  uint32_t rest[4 * philox_batch];
  philox_blocks_at(first_block + static_cast<uint32_t>(at), tail, keys, rest);
  __builtin_memcpy(words + 4 * at, rest, 16 * (blocks - at));
}

}  // namespace spectrap::simd::SPECTRAP_ISA
