#include "decode.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "narrow.h"

namespace spectrap {
namespace {

constexpr int float_bias = 127;
constexpr int float_mantissa_bits = 23;

/// Exact, branchless and without float32 subnormals on the way, so that the loops around it vectorise and no
/// processor stumbles. Normal: the exponent is re-biased; subnormal: mantissa · 2^(1 − bias − mantissa_bits).
template <Narrow format>
float widen(uint32_t code) {
  constexpr int shift = float_mantissa_bits - format.mantissa_bits;
  constexpr int bias = (1 << (format.exponent_bits - 1)) - 1;
  constexpr int sign_place = magnitude_bits(format);
  constexpr uint32_t magnitude_mask = (1u << sign_place) - 1;
  constexpr uint32_t first_normal = 1u << format.mantissa_bits;
  constexpr uint32_t rebias = static_cast<uint32_t>(float_bias - bias) << float_mantissa_bits;
  constexpr uint32_t infinite_exponent = 0x7f800000;
  constexpr auto unit = std::bit_cast<float>(
      static_cast<uint32_t>(float_bias + 1 - bias - format.mantissa_bits) << float_mantissa_bits);

  const uint32_t magnitude = code & magnitude_mask;
  const uint32_t sign = (code >> sign_place) << 31;
  const uint32_t moved = magnitude << shift;
  const uint32_t normal = moved + rebias;
  const uint32_t subnormal =
      std::bit_cast<uint32_t>(static_cast<float>(static_cast<int32_t>(magnitude)) * unit);
  // Masks, not branches: GCC does not turn a conditional float operation into a vector one.
  const uint32_t below_normal = 0u - static_cast<uint32_t>(magnitude < first_normal);
  const uint32_t special = 0u - static_cast<uint32_t>(magnitude >= first_special(format));
  const uint32_t finite = (subnormal & below_normal) | (normal & ~below_normal);
  const uint32_t bits = (finite & ~special) | ((moved | infinite_exponent) & special);
  return std::bit_cast<float>(bits | sign);
}

float widen_bf16(uint16_t code) { return std::bit_cast<float>(static_cast<uint32_t>(code) << 16); }

template <class Code, class Real, class Widen>
void decode_each(const void* codes, uint64_t count, Real* out, Widen widen_one) {
  const auto* from = static_cast<const std::byte*>(codes);
  for (uint64_t i = 0; i < count; ++i) {
    Code code;
    std::memcpy(&code, from + i * sizeof(Code), sizeof(Code));  // codes need not be aligned
    out[i] = static_cast<Real>(widen_one(code));
  }
}

template <class Real>
void decode_to(Encoding encoding, const void* codes, uint64_t count, Real* out) {
  switch (encoding) {
    case Encoding::f64:
      if constexpr (sizeof(Real) == sizeof(double)) {
        return decode_each<double>(codes, count, out, [](double value) { return value; });
      }
      throw std::logic_error("F64 is decoded to float64 only");
    case Encoding::f32:
      return decode_each<float>(codes, count, out, [](float value) { return value; });
    case Encoding::f16:
      return decode_each<uint16_t>(codes, count, out, widen<f16>);
    case Encoding::bf16:
    case Encoding::mxfp4:
      return decode_each<uint16_t>(codes, count, out, widen_bf16);
    case Encoding::f8_e4m3:
      return decode_each<uint8_t>(codes, count, out, widen<f8_e4m3>);
    case Encoding::f8_e5m2:
      return decode_each<uint8_t>(codes, count, out, widen<f8_e5m2>);
  }
}

constexpr int nan_scale = 255;
constexpr uint16_t bf16_infinity = 0x7f80;

/// BF16 bits of E2M1 code times 2^(scale − 127). Magnitudes in halves: 0 1 2 3 4 6 8 12.
constexpr uint16_t scaled_e2m1(int code, int scale) {
  constexpr int halves[8] = {0, 1, 2, 3, 4, 6, 8, 12};
  constexpr int bf16_mantissa_bits = 7;
  const int m = halves[code & 7];
  const int sign = (code & 8) << 12;
  if (m == 0) return static_cast<uint16_t>(sign);
  const int top = std::bit_width(static_cast<unsigned>(m)) - 1;
  const int biased = top + scale - 1;  // m/2 · 2^(scale − 127) has exponent top − 1 + scale − 127
  if (biased > 254) return static_cast<uint16_t>(sign | bf16_infinity);
  // BF16 counts subnormals in 2^-133; m/2 · 2^(scale − 127) is m·2^(scale + 5) of those.
  if (biased < 1) return static_cast<uint16_t>(sign | (m << (scale + 5)));
  const int fraction = (m << (bf16_mantissa_bits - top)) & ((1 << bf16_mantissa_bits) - 1);
  return static_cast<uint16_t>(sign | (biased << bf16_mantissa_bits) | fraction);
}

/// Every value MXFP4 can have: 8 KB, so that a decode is one look-up and exact at both ends of the range.
constexpr auto scaled_codes = [] {
  std::array<std::array<uint16_t, 16>, 256> table{};
  for (int scale = 0; scale < 256; ++scale) {
    for (int code = 0; code < 16; ++code) {
      table[static_cast<size_t>(scale)][static_cast<size_t>(code)] = scaled_e2m1(code, scale);
    }
  }
  return table;
}();

bool any_infinite(const uint16_t* codes) {
  return std::any_of(codes, codes + mxfp4_block_elements,
                     [](uint16_t code) { return (code & bf16_infinity) == bf16_infinity; });
}

}  // namespace

uint64_t code_width(Encoding encoding) {
  switch (encoding) {
    case Encoding::f64:
      return 8;
    case Encoding::f32:
      return 4;
    case Encoding::f16:
    case Encoding::bf16:
    case Encoding::mxfp4:
      return 2;
    case Encoding::f8_e4m3:
    case Encoding::f8_e5m2:
      return 1;
  }
  throw std::logic_error("unknown encoding");
}

void decode(Encoding encoding, const void* codes, uint64_t count, float* out) {
  decode_to(encoding, codes, count, out);
}

void decode(Encoding encoding, const void* codes, uint64_t count, double* out) {
  decode_to(encoding, codes, count, out);
}

std::optional<BadMxfp4Block> mxfp4_to_bf16(const uint8_t* blocks, const uint8_t* scales, uint64_t block_count,
                                           uint16_t* out) {
  for (uint64_t b = 0; b < block_count; ++b) {
    const uint16_t* table = scaled_codes[scales[b]].data();
    const uint8_t* packed = blocks + b * mxfp4_block_bytes;
    uint16_t* to = out + b * mxfp4_block_elements;
    for (uint64_t j = 0; j < mxfp4_block_bytes; ++j) {
      to[2 * j] = table[packed[j] & 15];
      to[2 * j + 1] = table[packed[j] >> 4];
    }
    if (scales[b] <= largest_safe_mxfp4_scale) continue;
    if (scales[b] == nan_scale) return BadMxfp4Block{b, BadMxfp4Block::Why::nan_scale};
    if (any_infinite(to)) return BadMxfp4Block{b, BadMxfp4Block::Why::overflow};
  }
  return std::nullopt;
}

}  // namespace spectrap
