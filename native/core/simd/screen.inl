#pragma once

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
  for (int half = 0; half < 2; ++half) {
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

/// Whether all of a group's numbers may be summed in float32, none is zero, and none reaches a limit: the
/// usual case, told by two tests. Limits of the unusual sign fail it.
template <class Code>
SPECTRAP_INLINE bool is_plain(const CodeRange<Code>& range, const ScreenLimits& limits) {
  using Signed = typename SignedCode<Code>::Type;
  if (limits.high <= 0 || limits.low >= 0) return false;
  constexpr Code tiny = code_of_power<Code>(screen_least_exponent);
  constexpr auto huge = static_cast<int32_t>(code_of_power<Code>(screen_most_exponent));
  const int32_t high = limits.high < huge ? limits.high : huge;
  const int32_t low_magnitude = static_cast<int32_t>(~limits.low & static_cast<int32_t>(sign_bit<Code> - 1));
  const int32_t low = low_magnitude < huge ? low_magnitude : huge;
  const Vector<Signed> at_high = broadcast(static_cast<Signed>(high));
  const Vector<Code> at_low = broadcast(static_cast<Code>(sign_bit<Code> | static_cast<Code>(low)));
  const Vector<Signed> lowest = broadcast(static_cast<Signed>(sign_bit<Code>));
  const auto unusual = (range.most >= at_high) | (range.most_unsigned >= at_low) |
                       (range.least_unsigned == Vector<Code>{}) | (range.least == lowest);
  if (any(unusual)) return false;
  const auto normal = (range.most >= broadcast(static_cast<Signed>(tiny))) |
                      (range.most_unsigned >= broadcast(static_cast<Code>(sign_bit<Code> | tiny)));
  return any(normal);
}

template <class Code>
SPECTRAP_INLINE uint64_t count_zeros(const Code* codes) {
  uint64_t zeros = 0;
  for (uint64_t i = 0; i < screen_group; ++i) zeros += static_cast<Code>(codes[i] << 1) == 0 ? 1 : 0;
  return zeros;
}

/// The marks of a group, from its lanes one by one.
template <class Code>
SPECTRAP_INLINE uint8_t marks_of(const CodeRange<Code>& range, const ScreenLimits& limits, bool* has_zero) {
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
  *has_zero = least_unsigned == 0 || static_cast<Code>(least) == sign_bit<Code>;
  const int32_t largest = order_of(all_negative ? least_unsigned : static_cast<Code>(most));
  const int32_t smallest = order_of(all_positive ? static_cast<Code>(least) : most_unsigned);
  const Code positive = all_negative ? Code{0} : static_cast<Code>(most);
  const Code negative = all_positive ? Code{0} : static_cast<Code>(most_unsigned ^ sign_bit<Code>);
  const Code magnitude = positive > negative ? positive : negative;
  const bool summed = magnitude == 0 || (magnitude >= code_of_power<Code>(screen_least_exponent) &&
                                         magnitude < code_of_power<Code>(screen_most_exponent));
  return static_cast<uint8_t>((largest >= limits.high || smallest <= limits.low ? screen_extreme : 0) |
                              (summed ? 0 : screen_unsummed));
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
    marks[g] = 0;
    if (!is_plain(range, limits)) {
      bool has_zero = false;
      marks[g] = marks_of(range, limits, &has_zero);
      if ((marks[g] & screen_unsummed) != 0) continue;
      if (has_zero) sums->zeros += count_zeros(group);
    }
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

/// Registers without an entry at a limit are passed over by one test each.
template <class Code>
uint64_t find_extremes(const Code* codes, uint64_t count, const ScreenLimits& limits, uint32_t* found) {
  using Signed = typename SignedCode<Code>::Type;
  constexpr int sign_shift = code_bits<Code> - 1;
  const Vector<Signed> high = broadcast(static_cast<Signed>(limits.high));
  const Vector<Signed> low = broadcast(static_cast<Signed>(limits.low));
  const Vector<Signed> magnitude = broadcast(static_cast<Signed>(sign_bit<Code> - 1));
  uint64_t size = 0;
  uint64_t i = 0;
  for (; i < count; ++i) {
    if (i + lanes<Code> <= count) {
      const auto numbers = (Vector<Signed>)load(codes + i);
      const Vector<Signed> order = numbers ^ ((numbers >> sign_shift) & magnitude);
      if (!any((order >= high) | (order <= low))) {
        i += lanes<Code> - 1;
        continue;
      }
    }
    const uint64_t end = i + lanes<Code> < count ? i + lanes<Code> : count;
    for (; i < end; ++i) {
      const int32_t order = order_of(codes[i]);
      if (order >= limits.high || order <= limits.low) found[size++] = static_cast<uint32_t>(i);
    }
    --i;
  }
  return size;
}

constexpr ScreenKernels screen_kernels() {
  return {&screen_codes<uint16_t>, &screen_codes<uint32_t>, &find_extremes<uint16_t>,
          &find_extremes<uint32_t>};
}

}  // namespace spectrap::simd::SPECTRAP_ISA
