#include "encode.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "narrow.h"

namespace spectrap {
namespace {

constexpr int double_bias = 1023;
constexpr int double_mantissa_bits = 52;

double power_of_two(int exponent) {
  return std::bit_cast<double>(static_cast<uint64_t>(exponent + double_bias) << double_mantissa_bits);
}

/// The code of a magnitude, without its sign. In steps of the last place of its binade it is rounded to an
/// integer (ties to even: adding 2^52 leaves no place for a fraction); with the binades below added that
/// integer is the code, and a carry into the next binade, or from the subnormal numbers to the normal ones,
/// comes out by itself.
template <Narrow format>
uint32_t nearest_code(double magnitude) {
  constexpr int bias = (1 << (format.exponent_bits - 1)) - 1;
  constexpr int least_exponent = 1 - bias;
  constexpr double integers_only = 0x1p52;
  const int own = static_cast<int>(std::bit_cast<uint64_t>(magnitude) >> double_mantissa_bits) - double_bias;
  const int exponent = std::clamp(own, least_exponent, bias + 1);
  // Beyond the last binade there may be any number of steps; as many as leave it will do.
  const double most = 2 << format.mantissa_bits;
  const double steps = std::min(most, magnitude * power_of_two(format.mantissa_bits - exponent));
  const auto rounded = static_cast<uint32_t>((steps + integers_only) - integers_only);
  return (static_cast<uint32_t>(exponent - least_exponent) << format.mantissa_bits) + rounded;
}

template <class Code, Narrow format>
std::optional<uint64_t> encode_each(const double* values, uint64_t count, void* codes) {
  auto* to = static_cast<std::byte*>(codes);
  for (uint64_t i = 0; i < count; ++i) {
    const uint32_t magnitude = nearest_code<format>(std::abs(values[i]));
    if (magnitude >= first_special(format)) return i;
    const uint32_t sign = std::signbit(values[i]) ? 1u << magnitude_bits(format) : 0u;
    const auto code = static_cast<Code>(magnitude | sign);
    std::memcpy(to + i * sizeof(Code), &code, sizeof(Code));
  }
  return std::nullopt;
}

std::optional<uint64_t> encode_f32(const double* values, uint64_t count, void* codes) {
  auto* to = static_cast<std::byte*>(codes);
  for (uint64_t i = 0; i < count; ++i) {
    const auto value = static_cast<float>(values[i]);
    if (!std::isfinite(value)) return i;
    std::memcpy(to + i * sizeof(float), &value, sizeof(float));
  }
  return std::nullopt;
}

std::optional<uint64_t> encode_f64(const double* values, uint64_t count, void* codes) {
  std::memcpy(codes, values, count * sizeof(double));
  const double* bad = std::find_if(values, values + count, [](double v) { return !std::isfinite(v); });
  return bad == values + count ? std::nullopt : std::optional<uint64_t>(bad - values);
}

}  // namespace

std::optional<uint64_t> encode(Encoding encoding, const double* values, uint64_t count, void* codes) {
  switch (encoding) {
    case Encoding::f64:
      return encode_f64(values, count, codes);
    case Encoding::f32:
      return encode_f32(values, count, codes);
    case Encoding::f16:
      return encode_each<uint16_t, f16>(values, count, codes);
    case Encoding::bf16:
    case Encoding::mxfp4:
      return encode_each<uint16_t, bf16>(values, count, codes);
    case Encoding::f8_e4m3:
      return encode_each<uint8_t, f8_e4m3>(values, count, codes);
    case Encoding::f8_e5m2:
      return encode_each<uint8_t, f8_e5m2>(values, count, codes);
  }
  throw std::logic_error("unknown encoding");
}

}  // namespace spectrap
