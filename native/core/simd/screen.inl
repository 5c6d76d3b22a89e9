#pragma once

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "stages.h"
#include "vector.h"

// The screening pass over BF16 and float32 (contract: screen.h). Sums of a group stay in float32 lanes, so
// that they cost one instruction each; whether a group holds an extreme entry, a zero or a number out of
// range is read off the largest and smallest of its codes, taken as signed and as unsigned numbers: four
// instructions for a whole register of codes.

namespace spectrap::simd::SPECTRAP_ISA {

template <class Code>
struct SignedCode;
template <>
struct SignedCode<uint16_t> {
  using Type = int16_t;
};
template <>
struct SignedCode<uint32_t> {
  using Type = int32_t;
};

/// Signed: positive numbers by size. Unsigned: negative ones above the positive, by size.
template <class Code>
struct CodeRange {
  using Signed = typename SignedCode<Code>::Type;
  Vector<Signed> most, least;
  Vector<Code> most_unsigned, least_unsigned;
};

template <class Code>
constexpr int code_bits = 8 * static_cast<int>(sizeof(Code));
template <class Code>
constexpr Code sign_bit = static_cast<Code>(Code{1} << (code_bits<Code> - 1));

/// The code of 2^exponent.
template <class Code>
constexpr Code code_of_power(int exponent) {
  return static_cast<Code>(static_cast<uint32_t>(exponent + 127) << (code_bits<Code> - 9));
}

/// Rises with the value; −0 stands below +0.
template <class Code>
SPECTRAP_INLINE int32_t order_of(Code code) {
  using Signed = typename SignedCode<Code>::Type;
  const int32_t number = static_cast<Signed>(code);
  return number < 0 ? number ^ static_cast<int32_t>(sign_bit<Code> - 1) : number;
}

template <class V>
SPECTRAP_INLINE bool any(const V& mask) {
#if defined(__AVX2__) && SPECTRAP_VECTOR_BYTES == 32
  return _mm256_testz_si256((__m256i)mask, (__m256i)mask) == 0;
#endif
  uint64_t words[vector_bytes / 8];
  __builtin_memcpy(words, &mask, sizeof words);
  uint64_t all = 0;
#pragma GCC unroll 8
  for (const uint64_t word : words) all |= word;
  return all != 0;
}

struct FloatSums {
  Vector<float> power[4];
};

/// d, d², d³ and d⁴: of BF16 the first two are exact, and a fused product is rounded with its sum only.
template <bool shifted>
SPECTRAP_INLINE void add_powers(FloatSums& sums, Vector<float> w, Vector<float> shift) {
  const Vector<float> d = shifted ? w - shift : w;
  const Vector<float> d2 = d * d;
  sums.power[0] += d;
  sums.power[1] += d2;
  sums.power[2] += d2 * d;
  sums.power[3] += d2 * d2;
}

template <class Code>
SPECTRAP_INLINE void widen_range(CodeRange<Code>& range, Vector<Code> codes) {
  const auto numbers = (Vector<typename SignedCode<Code>::Type>)codes;
  range.most = numbers > range.most ? numbers : range.most;
  range.least = numbers < range.least ? numbers : range.least;
  range.most_unsigned = codes > range.most_unsigned ? codes : range.most_unsigned;
  range.least_unsigned = codes < range.least_unsigned ? codes : range.least_unsigned;
}

/// One register of BF16 or two of float32.
template <bool shifted>
SPECTRAP_INLINE void add_codes(FloatSums (&sums)[2], CodeRange<uint16_t>& range, const uint16_t* codes,
                               Vector<float> shift) {
  const auto read = load(codes);
  widen_range(range, read);
  const auto words = (Vector<uint32_t>)read;
  add_powers<shifted>(sums[0], (Vector<float>)(words << 16), shift);
  add_powers<shifted>(sums[1], (Vector<float>)(words & 0xffff0000u), shift);
}
template <bool shifted>
SPECTRAP_INLINE void add_codes(FloatSums (&sums)[2], CodeRange<uint32_t>& range, const uint32_t* codes,
                               Vector<float> shift) {
#pragma GCC unroll 2
  for (uint64_t half = 0; half < 2; ++half) {
    const auto read = load(codes + half * lanes<uint32_t>);
    widen_range(range, read);
    add_powers<shifted>(sums[half], (Vector<float>)read, shift);
  }
}

struct DoubleSums {
  Vector<double> power[4];
};

SPECTRAP_INLINE void add_group(DoubleSums& sums, const FloatSums (&group)[2]) {
  using Half __attribute__((vector_size(vector_bytes / 2))) = float;
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    const Vector<float> both = group[0].power[k] + group[1].power[k];
    Half half[2];
    __builtin_memcpy(half, &both, sizeof half);
    sums.power[k] +=
        __builtin_convertvector(half[0], Vector<double>) + __builtin_convertvector(half[1], Vector<double>);
  }
}

/// What is to be told of a group.
struct GroupFacts {
  bool zero;
  bool extreme;
  bool summed;
};

/// Limits of the usual signs, high above zero and low below: three facts from whole registers, and where none
/// of them is unusual, which is nearly always, from one test of all together.
template <class Code>
SPECTRAP_INLINE GroupFacts usual_facts(const CodeRange<Code>& range, const ScreenLimits& limits) {
  using Signed = typename SignedCode<Code>::Type;
  constexpr Code tiny = code_of_power<Code>(screen_least_exponent);
  constexpr Code huge = code_of_power<Code>(screen_most_exponent);
  const auto low_magnitude = static_cast<Code>(~limits.low & static_cast<int32_t>(sign_bit<Code> - 1));
  const auto reach = [&](Code high, Code low) {
    return (range.most >= broadcast(static_cast<Signed>(high))) |
           (range.most_unsigned >= broadcast(static_cast<Code>(sign_bit<Code> | low)));
  };
  const auto zero = (range.least_unsigned == Vector<Code>{}) |
                    (range.least == broadcast(static_cast<Signed>(sign_bit<Code>)));
  const auto extreme = reach(static_cast<Code>(limits.high), low_magnitude);
  const auto too_large = reach(huge, huge);
  if (!any(zero | extreme | too_large)) return {false, false, any(reach(tiny, tiny))};
  const bool has_zero = any(zero);
  const bool all_zero = has_zero && !any(reach(1, 1));
  return {has_zero, any(extreme), !any(too_large) && (all_zero || any(reach(tiny, tiny)))};
}

template <class Code>
SPECTRAP_INLINE uint64_t count_zeros(const Code* codes) {
  uint64_t zeros = 0;
  for (uint64_t i = 0; i < screen_group; ++i) zeros += static_cast<Code>(codes[i] << 1) == 0 ? 1 : 0;
  return zeros;
}

/// The same for any limits, from the lanes one by one.
template <class Code>
SPECTRAP_INLINE GroupFacts facts(const CodeRange<Code>& range, const ScreenLimits& limits) {
  if (limits.high > 0 && limits.low < 0) return usual_facts(range, limits);
  using Signed = typename SignedCode<Code>::Type;
  Signed most = range.most[0];
  Signed least = range.least[0];
  Code most_unsigned = range.most_unsigned[0];
  Code least_unsigned = range.least_unsigned[0];
  for (int i = 1; i < lanes<Code>; ++i) {
    if (range.most[i] > most) most = range.most[i];
    if (range.least[i] < least) least = range.least[i];
    if (range.most_unsigned[i] > most_unsigned) most_unsigned = range.most_unsigned[i];
    if (range.least_unsigned[i] < least_unsigned) least_unsigned = range.least_unsigned[i];
  }
  const bool all_negative = most < 0;
  const bool all_positive = least >= 0;
  const bool zero = least_unsigned == 0 || static_cast<Code>(least) == sign_bit<Code>;
  const int32_t largest = order_of(all_negative ? least_unsigned : static_cast<Code>(most));
  const int32_t smallest = order_of(all_positive ? static_cast<Code>(least) : most_unsigned);
  const Code positive = all_negative ? Code{0} : static_cast<Code>(most);
  const Code negative = all_positive ? Code{0} : static_cast<Code>(most_unsigned ^ sign_bit<Code>);
  const Code magnitude = positive > negative ? positive : negative;
  const bool summed = magnitude == 0 || (magnitude >= code_of_power<Code>(screen_least_exponent) &&
                                         magnitude < code_of_power<Code>(screen_most_exponent));
  return {zero, largest >= limits.high || smallest <= limits.low, summed};
}

template <class Code, bool shifted>
SPECTRAP_INLINE void screen_groups(const Code* codes, uint64_t groups, float shift,
                                   const ScreenLimits& limits, ScreenSums* sums, uint8_t* marks) {
  constexpr uint64_t step = sizeof(Code) == 2 ? uint64_t{lanes<uint16_t>} : 2 * uint64_t{lanes<uint32_t>};
  const Vector<float> shifts = broadcast(shift);
  DoubleSums total = {};
  for (uint64_t g = 0; g < groups; ++g) {
    const Code* group = codes + g * screen_group;
    FloatSums group_sums[2] = {};
    const auto first = load(group);
    using Numbers = Vector<typename SignedCode<Code>::Type>;
    CodeRange<Code> range{(Numbers)first, (Numbers)first, first, first};
    for (uint64_t i = 0; i < screen_group; i += step)
      add_codes<shifted>(group_sums, range, group + i, shifts);
    const GroupFacts fact = facts(range, limits);
    marks[g] =
        static_cast<uint8_t>((fact.extreme ? screen_extreme : 0) | (fact.summed ? 0 : screen_unsummed));
    if (!fact.summed) continue;
    if (fact.zero) sums->zeros += count_zeros(group);
    add_group(total, group_sums);
  }
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    for (int lane = 0; lane < lanes<double>; ++lane) sums->power[k] += total.power[k][lane];
  }
}

template <class Code>
void screen_codes(const Code* codes, uint64_t groups, float shift, const ScreenLimits& limits,
                  ScreenSums* sums, uint8_t* marks) {
  if (shift == 0) return screen_groups<Code, false>(codes, groups, shift, limits, sums, marks);
  screen_groups<Code, true>(codes, groups, shift, limits, sums, marks);
}

/// Where an entry is at a limit or beyond: all bits of its lane. Between limits of the usual signs the sign
/// is turned over to compare negative numbers by their size; else the order is made of every code.
template <bool usual, class Code>
SPECTRAP_INLINE Vector<typename SignedCode<Code>::Type> reached(const Code* codes,
                                                                const ScreenLimits& limits) {
  using Signed = typename SignedCode<Code>::Type;
  constexpr auto magnitude = static_cast<Signed>(sign_bit<Code> - 1);
  const auto numbers = (Vector<Signed>)load(codes);
  if constexpr (usual) {
    const auto turned = numbers ^ broadcast(static_cast<Signed>(sign_bit<Code>));
    return (numbers >= broadcast(static_cast<Signed>(limits.high))) |
           (turned >= broadcast(static_cast<Signed>(~limits.low)));
  } else {
    const Vector<Signed> order = numbers ^ ((numbers >> (code_bits<Code> - 1)) & broadcast(magnitude));
    return (order >= broadcast(static_cast<Signed>(limits.high))) |
           (order <= broadcast(static_cast<Signed>(limits.low)));
  }
}

/// Four registers without an entry at a limit are passed over by one test.
template <bool usual, class Code>
SPECTRAP_INLINE uint64_t find_among(const Code* codes, uint64_t count, const ScreenLimits& limits,
                                    uint32_t* found) {
  constexpr int registers = 4;
  constexpr uint64_t step = registers * uint64_t{lanes<Code>};
  constexpr uint64_t word_codes = 8 / sizeof(Code);
  uint64_t size = 0;
  const auto look = [&](uint64_t begin, uint64_t end) {
    for (uint64_t i = begin; i < end; ++i) {
      const int32_t order = order_of(codes[i]);
      // Where the next one goes, without a branch that cannot be foretold.
      found[size] = static_cast<uint32_t>(i);
      size += static_cast<uint64_t>(order >= limits.high) | static_cast<uint64_t>(order <= limits.low);
    }
  };
  uint64_t start = 0;
  for (; start + step <= count; start += step) {
    Vector<typename SignedCode<Code>::Type> masks[registers];
#pragma GCC unroll 4
    for (int r = 0; r < registers; ++r) masks[r] = reached<usual>(codes + start + r * lanes<Code>, limits);
    if (!any((masks[0] | masks[1]) | (masks[2] | masks[3]))) continue;
    uint64_t words[registers * vector_bytes / 8];
    __builtin_memcpy(words, masks, sizeof words);
    for (uint64_t w = 0; w < sizeof words / 8; ++w) {
      if (words[w] != 0) look(start + w * word_codes, start + (w + 1) * word_codes);
    }
  }
  look(start, count);
  return size;
}

template <class Code>
uint64_t find_extremes(const Code* codes, uint64_t count, const ScreenLimits& limits, uint32_t* found) {
  if (limits.high > 0 && limits.low < 0) return find_among<true>(codes, count, limits, found);
  return find_among<false>(codes, count, limits, found);
}

constexpr ScreenKernels screen_kernels() {
  return {&screen_codes<uint16_t>, &screen_codes<uint32_t>, &find_extremes<uint16_t>,
          &find_extremes<uint32_t>};
}

}  // namespace spectrap::simd::SPECTRAP_ISA
