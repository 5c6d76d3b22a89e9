#pragma once

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "stages.h"
#include "vector.h"

// Sums of MXFP4 codes without decoding them (contract: stages.h). h is twice the E2M1 value, an integer up to
// 12, and a byte shuffle looks up h, h² and g of 32 codes at once: 60 g = 145 h² − 144 [h ≠ 0] − h⁴ is small
// where h⁴ is not. Blocks are taken as they come, and what two of them come to joins the sums of their
// exponents, which lie in the first-level cache.

namespace spectrap::simd::SPECTRAP_ISA {

#if defined(__AVX2__)

constexpr uint64_t block_bytes = 16;
constexpr int64_t block_codes = 32;

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

/// Sums of the blocks of one exponent, field by field. Both halves of `even` hold Σh² and, above bit 32, Σg;
/// both of `odd` hold Σ(h + 12) with Σ[h = 0] above bit 32 and the number of blocks above bit 48; `third` has
/// four parts of Σh³. None overflows in a run.
struct BlockSums {
  __m128i even, odd, third;
};

/// Two blocks, a half of each register for each of them.
struct TwoBlockSums {
  __m256i even, odd, third;
};

SPECTRAP_INLINE TwoBlockSums sum_two(const CodeTables& tables, __m256i packed) {
  const __m256i none = _mm256_setzero_si256();
  const NibblePair codes = split_nibbles(packed, tables.nibble);
  const __m256i halves0 = _mm256_shuffle_epi8(tables.halves, codes.low);
  const __m256i halves1 = _mm256_shuffle_epi8(tables.halves, codes.high);
  const __m256i squares0 = _mm256_shuffle_epi8(tables.squares, codes.low);
  const __m256i squares1 = _mm256_shuffle_epi8(tables.squares, codes.high);
  const __m256i g =
      _mm256_add_epi8(_mm256_shuffle_epi8(tables.g, codes.low), _mm256_shuffle_epi8(tables.g, codes.high));
  const __m256i cubes = _mm256_add_epi16(_mm256_maddubs_epi16(squares0, halves0),
                                         _mm256_maddubs_epi16(squares1, halves1));  // at most 4·12³
  const __m256i first = _mm256_add_epi8(_mm256_add_epi8(halves0, halves1), _mm256_set1_epi8(24));
  const __m256i zeros = _mm256_sub_epi8(
      none, _mm256_add_epi8(_mm256_cmpeq_epi8(halves0, none), _mm256_cmpeq_epi8(halves1, none)));
  const __m256i second = _mm256_add_epi64(_mm256_sad_epu8(squares0, none), _mm256_sad_epu8(squares1, none));
  const __m256i one_block = _mm256_set1_epi64x(int64_t{1} << 48);
  return {_mm256_or_si256(second, _mm256_slli_epi64(_mm256_sad_epu8(g, none), 32)),
          _mm256_or_si256(_mm256_or_si256(_mm256_sad_epu8(first, none), one_block),
                          _mm256_slli_epi64(_mm256_sad_epu8(zeros, none), 32)),
          _mm256_madd_epi16(cubes, _mm256_set1_epi16(1))};
}

SPECTRAP_INLINE void add_half(BlockSums& to, const TwoBlockSums& two, bool upper) {
  const auto half = [upper](__m256i v) {
    return upper ? _mm256_extracti128_si256(v, 1) : _mm256_castsi256_si128(v);
  };
  to.even = _mm_add_epi64(to.even, half(two.even));
  to.odd = _mm_add_epi64(to.odd, half(two.odd));
  to.third = _mm_add_epi32(to.third, half(two.third));
}

SPECTRAP_INLINE void add_fields(Mxfp4CodeSums& to, const BlockSums& from) {
  uint64_t even[2], odd[2];
  int32_t third[4];
  __builtin_memcpy(even, &from.even, sizeof even);
  __builtin_memcpy(odd, &from.odd, sizeof odd);
  __builtin_memcpy(third, &from.third, sizeof third);
  constexpr uint64_t low = 0xffffffff;
  const auto blocks = static_cast<int64_t>(odd[0] >> 48);
  const auto zeros = static_cast<int64_t>((odd[0] >> 32 & 0xffff) + (odd[1] >> 32 & 0xffff));
  const auto biased = static_cast<int64_t>((odd[0] & low) + (odd[1] & low));
  const auto second = static_cast<int64_t>((even[0] & low) + (even[1] & low));
  const auto g = static_cast<int64_t>((even[0] >> 32) + (even[1] >> 32));
  const int64_t codes = blocks * block_codes;
  to.blocks += blocks;
  to.zeros += zeros;
  to.first += biased - 12 * codes;
  to.second += second;
  to.third += int64_t{third[0]} + third[1] + third[2] + third[3];
  to.fourth += 145 * second - 144 * (codes - zeros) - 60 * g;
}

void sum_blocks(const uint8_t* blocks, const uint8_t* scales, uint64_t count, uint8_t least, uint8_t most,
                Mxfp4CodeSums* sums) {
  const CodeTables tables;
  // Apart, because a sum that was just stored is slow to come back, and two blocks side by side mostly have
  // the same exponent.
  BlockSums lower[256];
  BlockSums upper[256];
  for (unsigned scale = least; scale <= most; ++scale) lower[scale] = upper[scale] = BlockSums{};
  uint64_t b = 0;
  for (; b + 2 <= count; b += 2) {
    const auto packed = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(blocks + b * block_bytes));
    const TwoBlockSums two = sum_two(tables, packed);
    add_half(lower[scales[b]], two, false);
    add_half(upper[scales[b + 1]], two, true);
  }
  if (b < count) {
    const uint8_t* last = blocks + b * block_bytes;
    add_half(lower[scales[b]], sum_two(tables, load_pair(last, last)), false);
  }
  for (unsigned scale = least; scale <= most; ++scale) {
    add_fields(sums[scale], lower[scale]);
    add_fields(sums[scale], upper[scale]);
  }
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
      const uint64_t first = pair[half] * uint64_t{block_codes};
      size += put_places(evens >> (16 * half) & 0xffff, first, found + size);
      size += put_places(odds >> (16 * half) & 0xffff, first + 1, found + size);
    }
  }
  return size;
}

constexpr Mxfp4Kernels mxfp4_kernels() { return {&sum_blocks, &select_blocks, &find_codes}; }

#else

constexpr Mxfp4Kernels mxfp4_kernels() { return {}; }

#endif

}  // namespace spectrap::simd::SPECTRAP_ISA
