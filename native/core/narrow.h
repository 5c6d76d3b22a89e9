#pragma once

#include <cstdint>

namespace spectrap {

/// A float format of at most 16 bits: sign, exponent, mantissa. `has_infinity`: the largest exponent means
/// inf or NaN (IEEE 754); else only the all-ones magnitude is NaN (the "FN" formats).
struct Narrow {
  int exponent_bits;
  int mantissa_bits;
  bool has_infinity;
};

constexpr Narrow f16{5, 10, true};
constexpr Narrow bf16{8, 7, true};
constexpr Narrow f8_e5m2{5, 2, true};
constexpr Narrow f8_e4m3{4, 3, false};

constexpr int magnitude_bits(Narrow format) { return format.exponent_bits + format.mantissa_bits; }

/// The smallest magnitude that is an infinity or a NaN.
constexpr uint32_t first_special(Narrow format) {
  const uint32_t last = (1u << magnitude_bits(format)) - 1;
  return format.has_infinity ? last - ((1u << format.mantissa_bits) - 1) : last;
}

}  // namespace spectrap
