#pragma once

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "stages.h"
#include "vector.h"

// Sums of MXFP4 codes without decoding them (contract: stages.h). h is twice the E2M1 value, an integer up to
// 12, and a byte shuffle looks up h and h² of 32 codes at once. Products of bytes give h³ = h²·h and
// h²(h² − 121), which stay so small that several fit a 16-bit sum; what is said of bounds below counts in
// absolute values.

namespace spectrap::simd::SPECTRAP_ISA {

#if defined(__AVX2__)

constexpr uint64_t block_bytes = 16;
constexpr uint64_t block_codes = 32;
/// Blocks that are summed together: two in a register, four registers before 16-bit sums are widened.
constexpr uint64_t batch_blocks = 8;

struct CodeTables {
  __m256i halves = both(_mm_setr_epi8(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12));
  __m256i squares = both(_mm_setr_epi8(0, 1, 4, 9, 16, 36, 64, -112, 0, 1, 4, 9, 16, 36, 64, -112));  // 144
  __m256i g = both(_mm_setr_epi8(0, 0, 7, 18, 32, 63, 84, 0, 0, 0, 7, 18, 32, 63, 84, 0));
  __m256i nibble = _mm256_set1_epi8(15);

  static __m256i both(__m128i table) { return _mm256_broadcastsi128_si256(table); }
};

SPECTRAP_INLINE __m256i load_pair(const uint8_t* a, const uint8_t* b) {
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a));
  const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
  return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

struct NibblePair {
  __m256i low, high;
};

SPECTRAP_INLINE NibblePair split_nibbles(__m256i packed, __m256i nibble) {
  return {_mm256_and_si256(packed, nibble), _mm256_and_si256(_mm256_srli_epi16(packed, 4), nibble)};
}

struct CodeAccumulators {
  __m256i first = {}, third = {};           ///< of 32 bits
  __m256i zeros = {}, second = {}, g = {};  ///< of 64 bits
};

/// Of eight selected blocks.
SPECTRAP_INLINE void add_batch(CodeAccumulators& sums, const CodeTables& tables, const uint8_t* blocks,
                               const uint16_t* selected) {
  const __m256i none = _mm256_setzero_si256();
  __m256i halves = none;  // at most 8·12 a byte
  __m256i zeros = none;
  __m256i cubes = none;  // at most 16·12³ in 16 bits
// Unrolled, it would need more registers than there are.
#pragma GCC unroll 1
  for (uint64_t b = 0; b < batch_blocks; b += 2) {
    const __m256i packed =
        load_pair(blocks + selected[b] * block_bytes, blocks + selected[b + 1] * block_bytes);
    const NibblePair codes = split_nibbles(packed, tables.nibble);
    const __m256i halves0 = _mm256_shuffle_epi8(tables.halves, codes.low);
    const __m256i squares0 = _mm256_shuffle_epi8(tables.squares, codes.low);
    const __m256i halves1 = _mm256_shuffle_epi8(tables.halves, codes.high);
    const __m256i squares1 = _mm256_shuffle_epi8(tables.squares, codes.high);
    const __m256i g =
        _mm256_add_epi8(_mm256_shuffle_epi8(tables.g, codes.low), _mm256_shuffle_epi8(tables.g, codes.high));
    cubes = _mm256_add_epi16(cubes, _mm256_maddubs_epi16(squares0, halves0));
    cubes = _mm256_add_epi16(cubes, _mm256_maddubs_epi16(squares1, halves1));
    zeros = _mm256_add_epi8(zeros, _mm256_cmpeq_epi8(halves0, none));
    zeros = _mm256_add_epi8(zeros, _mm256_cmpeq_epi8(halves1, none));
    halves = _mm256_add_epi8(halves, _mm256_add_epi8(halves0, halves1));
    sums.second = _mm256_add_epi64(sums.second, _mm256_sad_epu8(squares0, none));
    sums.second = _mm256_add_epi64(sums.second, _mm256_sad_epu8(squares1, none));
    sums.g = _mm256_add_epi64(sums.g, _mm256_sad_epu8(g, none));
  }
  const __m256i one = _mm256_set1_epi16(1);
  sums.third = _mm256_add_epi32(sums.third, _mm256_madd_epi16(cubes, one));
  const __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi8(1), halves);
  sums.first = _mm256_add_epi32(sums.first, _mm256_madd_epi16(pairs, one));
  sums.zeros = _mm256_add_epi64(sums.zeros, _mm256_sad_epu8(_mm256_sub_epi8(none, zeros), none));
}

template <class Lane>
SPECTRAP_INLINE int64_t sum_of_lanes(__m256i v) {
  using Lanes __attribute__((vector_size(32))) = Lane;
  int64_t sum = 0;
  for (int i = 0; i < 32 / static_cast<int>(sizeof(Lane)); ++i) sum += ((Lanes)v)[i];
  return sum;
}

uint64_t select_blocks(const uint8_t* scales, uint64_t count, uint8_t scale, uint16_t* selected) {
  const __m256i wanted = _mm256_set1_epi8(static_cast<char>(scale));
  uint64_t size = 0;
  uint64_t start = 0;
  for (; start + 32 <= count; start += 32) {
    const __m256i read = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(scales + start));
    auto mask = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(read, wanted)));
    for (; mask != 0; mask &= mask - 1) {
      selected[size++] = static_cast<uint16_t>(start + static_cast<uint64_t>(__builtin_ctz(mask)));
    }
  }
  for (; start < count; ++start) {
    if (scales[start] == scale) selected[size++] = static_cast<uint16_t>(start);
  }
  return size;
}

Mxfp4CodeSums sum_codes(const uint8_t* blocks, const uint16_t* selected, uint64_t count) {
  const CodeTables tables;
  CodeAccumulators sums;
  const uint64_t whole = count / batch_blocks * batch_blocks;
  for (uint64_t start = 0; start < whole; start += batch_blocks)
    add_batch(sums, tables, blocks, selected + start);
  uint64_t filled = 0;
  if (whole < count) {
    uint8_t rest[batch_blocks * block_bytes] = {};
    constexpr uint16_t in_order[batch_blocks] = {0, 1, 2, 3, 4, 5, 6, 7};
    for (uint64_t b = 0; b < batch_blocks; ++b) {
      if (whole + b == count) break;
      __builtin_memcpy(rest + b * block_bytes, blocks + selected[whole + b] * block_bytes, block_bytes);
    }
    filled = batch_blocks - (count - whole);
    add_batch(sums, tables, rest, in_order);
  }
  const int64_t zeros = sum_of_lanes<int64_t>(sums.zeros) - static_cast<int64_t>(filled * block_codes);
  const int64_t second = sum_of_lanes<int64_t>(sums.second);
  const int64_t others = static_cast<int64_t>(count * block_codes) - zeros;
  return {zeros, sum_of_lanes<int32_t>(sums.first), second, sum_of_lanes<int32_t>(sums.third),
          145 * second - 144 * others - 60 * sum_of_lanes<int64_t>(sums.g)};
}

/// Codes of a byte stand side by side: bit i of a mask of bytes is that of code 2i, or 2i + 1.
SPECTRAP_INLINE uint64_t put_places(uint32_t mask, uint64_t first, uint16_t* found) {
  uint64_t size = 0;
  for (; mask != 0; mask &= mask - 1) {
    found[size++] = static_cast<uint16_t>(first + 2 * static_cast<uint64_t>(__builtin_ctz(mask)));
  }
  return size;
}

uint64_t find_codes(const uint8_t* blocks, const uint16_t* selected, uint64_t count, int high, int low,
                    uint16_t* found) {
  const CodeTables tables;
  const __m256i below_high = _mm256_set1_epi8(static_cast<char>(high - 1));
  const __m256i above_low = _mm256_set1_epi8(static_cast<char>(low + 1));
  const auto reached = [&](__m256i halves) {
    return _mm256_or_si256(_mm256_cmpgt_epi8(halves, below_high), _mm256_cmpgt_epi8(above_low, halves));
  };
  uint64_t size = 0;
  for (uint64_t b = 0; b < count; b += 2) {
    const uint64_t pair[2] = {selected[b], selected[b + 1 < count ? b + 1 : b]};
    const NibblePair codes = split_nibbles(
        load_pair(blocks + pair[0] * block_bytes, blocks + pair[1] * block_bytes), tables.nibble);
    const __m256i even = reached(_mm256_shuffle_epi8(tables.halves, codes.low));
    const __m256i odd = reached(_mm256_shuffle_epi8(tables.halves, codes.high));
    const __m256i either = _mm256_or_si256(even, odd);
    if (_mm256_testz_si256(either, either) != 0) continue;
    const auto evens = static_cast<uint32_t>(_mm256_movemask_epi8(even));
    const auto odds = static_cast<uint32_t>(_mm256_movemask_epi8(odd));
    for (uint64_t half = 0; half < 2 && b + half < count; ++half) {
      const uint64_t first = pair[half] * block_codes;
      size += put_places(evens >> (16 * half) & 0xffff, first, found + size);
      size += put_places(odds >> (16 * half) & 0xffff, first + 1, found + size);
    }
  }
  return size;
}

constexpr Mxfp4Kernels mxfp4_kernels() { return {&select_blocks, &sum_codes, &find_codes}; }

#else

constexpr Mxfp4Kernels mxfp4_kernels() { return {}; }

#endif

}  // namespace spectrap::simd::SPECTRAP_ISA
