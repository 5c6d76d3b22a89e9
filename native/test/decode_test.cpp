#include "../core/decode.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <vector>

using namespace spectrap;

namespace {

template <class Code>
float decoded(Encoding encoding, Code code) {
  float value = 0;
  decode(encoding, &code, 1, &value);
  return value;
}

/// The value of a sign, an exponent and a mantissa by the definition of a binary format.
double value_by_definition(unsigned code, int exponent_bits, int mantissa_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int mantissa = static_cast<int>(code & ((1u << mantissa_bits) - 1));
  const int exponent = static_cast<int>((code >> mantissa_bits) & ((1u << exponent_bits) - 1));
  const double sign = (code >> (exponent_bits + mantissa_bits)) & 1 ? -1 : 1;
  if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
  return sign * std::ldexp((1 << mantissa_bits) + mantissa, exponent - bias - mantissa_bits);
}

bool same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

/// Number of codes that are decoded to something else than the definition says. `special` is the exponent
/// field whose codes are infinite or NaN; none for E4M3.
template <class Code>
int disagreements(Encoding encoding, int exponent_bits, int mantissa_bits, bool has_infinity) {
  const unsigned count = 1u << (8 * sizeof(Code));
  std::vector<Code> codes(count);
  for (unsigned c = 0; c < count; ++c) codes[c] = static_cast<Code>(c);
  std::vector<float> singles(count);
  std::vector<double> doubles(count);
  decode(encoding, codes.data(), count, singles.data());
  decode(encoding, codes.data(), count, doubles.data());
  const unsigned magnitude_mask = count / 2 - 1;
  const unsigned mantissa_mask = (1u << mantissa_bits) - 1;
  int wrong = 0;
  for (unsigned c = 0; c < count; ++c) {
    double expected = value_by_definition(c, exponent_bits, mantissa_bits);
    const unsigned magnitude = c & magnitude_mask;
    if (has_infinity && (magnitude | mantissa_mask) == magnitude_mask) {
      const double infinity = std::numeric_limits<double>::infinity();
      expected = (magnitude & mantissa_mask) != 0 ? std::nan("") : std::copysign(infinity, expected);
    } else if (!has_infinity && magnitude == magnitude_mask) {
      expected = std::nan("");
    }
    wrong += same(static_cast<double>(singles[c]), expected) && same(doubles[c], expected) ? 0 : 1;
  }
  return wrong;
}

float bf16_value(uint16_t code) { return decoded(Encoding::bf16, code); }

/// Decodes one block whose first bytes are given and the rest zero.
std::vector<float> mxfp4_values(std::vector<uint8_t> bytes, uint8_t scale) {
  const size_t count = 2 * bytes.size();
  bytes.resize(mxfp4_block_bytes);
  std::vector<uint16_t> codes(mxfp4_block_elements);
  REQUIRE_FALSE(mxfp4_to_bf16(bytes.data(), &scale, 1, codes.data()).has_value());
  std::vector<float> values(mxfp4_block_elements);
  decode(Encoding::mxfp4, codes.data(), codes.size(), values.data());
  values.resize(count);
  return values;
}

void check_same(const std::vector<float>& values, const std::vector<double>& expected) {
  REQUIRE(values.size() == expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    CAPTURE(i);
    CHECK(same(static_cast<double>(values[i]), expected[i]));
  }
}

}  // namespace

TEST_CASE("examples of float codes") {
  CHECK(decoded<uint16_t>(Encoding::f16, 0x3c00) == 1.0f);
  CHECK(decoded<uint16_t>(Encoding::f16, 0x2e66) == 0.0999755859375f);
  CHECK(decoded<uint16_t>(Encoding::f16, 0x7bff) == 65504.0f);
  CHECK(decoded<uint16_t>(Encoding::bf16, 0x3f80) == 1.0f);
  CHECK(decoded<uint16_t>(Encoding::bf16, 0xbf00) == -0.5f);
  CHECK(decoded<uint16_t>(Encoding::bf16, 0x3dcd) == 0.10009765625f);
  CHECK(decoded<uint16_t>(Encoding::bf16, 0x0001) == std::ldexp(1.0f, -133));
  CHECK(decoded<uint8_t>(Encoding::f8_e4m3, 0x38) == 1.0f);
  CHECK(decoded<uint8_t>(Encoding::f8_e4m3, 0x08) == 0x1p-6f);
  CHECK(decoded<uint8_t>(Encoding::f8_e4m3, 0x01) == 0x1p-9f);
  CHECK(decoded<uint8_t>(Encoding::f8_e4m3, 0x7e) == 448.0f);
  CHECK(decoded<uint8_t>(Encoding::f8_e4m3, 0xc0) == -2.0f);
  CHECK(decoded<uint8_t>(Encoding::f8_e4m3, 0x4d) == 6.5f);
  CHECK(std::isnan(decoded<uint8_t>(Encoding::f8_e4m3, 0x7f)));
  CHECK(std::isnan(decoded<uint8_t>(Encoding::f8_e4m3, 0xff)));
  CHECK(decoded<uint8_t>(Encoding::f8_e5m2, 0x3c) == 1.0f);
  CHECK(decoded<uint8_t>(Encoding::f8_e5m2, 0x01) == 0x1p-16f);
  CHECK(decoded<uint8_t>(Encoding::f8_e5m2, 0x7b) == 57344.0f);
  CHECK(std::isinf(decoded<uint8_t>(Encoding::f8_e5m2, 0x7c)));
}

TEST_CASE("every code of every narrow float format is what the definition says") {
  CHECK(disagreements<uint16_t>(Encoding::f16, 5, 10, true) == 0);
  CHECK(disagreements<uint16_t>(Encoding::bf16, 8, 7, true) == 0);
  CHECK(disagreements<uint16_t>(Encoding::mxfp4, 8, 7, true) == 0);
  CHECK(disagreements<uint8_t>(Encoding::f8_e5m2, 5, 2, true) == 0);
  CHECK(disagreements<uint8_t>(Encoding::f8_e4m3, 4, 3, false) == 0);
}

TEST_CASE("F32 and F64 pass unchanged, also from misaligned bytes") {
  const std::vector<float> singles{1.5f, -0.0f, 0x1p-149f, std::numeric_limits<float>::infinity()};
  std::vector<uint8_t> bytes(1 + singles.size() * sizeof(float));
  std::memcpy(bytes.data() + 1, singles.data(), singles.size() * sizeof(float));
  std::vector<float> out(singles.size());
  decode(Encoding::f32, bytes.data() + 1, singles.size(), out.data());
  CHECK(std::memcmp(out.data(), singles.data(), singles.size() * sizeof(float)) == 0);

  const std::vector<double> doubles{0.1, -0.0, 0x1p-1074};
  std::vector<double> wide(doubles.size());
  decode(Encoding::f64, doubles.data(), doubles.size(), wide.data());
  CHECK(std::memcmp(wide.data(), doubles.data(), doubles.size() * sizeof(double)) == 0);
}

TEST_CASE("F64 is never narrowed") {
  const double value = 0.1;
  float out = 0;
  CHECK_THROWS_AS(decode(Encoding::f64, &value, 1, &out), std::logic_error);
}

TEST_CASE("codes are as wide as the narrowest exact representation") {
  CHECK(code_width(Encoding::f64) == 8);
  CHECK(code_width(Encoding::f32) == 4);
  CHECK(code_width(Encoding::f16) == 2);
  CHECK(code_width(Encoding::bf16) == 2);
  CHECK(code_width(Encoding::mxfp4) == 2);
  CHECK(code_width(Encoding::f8_e4m3) == 1);
  CHECK(code_width(Encoding::f8_e5m2) == 1);
}

TEST_CASE("examples of MXFP4 blocks, the sign of zero kept") {
  check_same(mxfp4_values({0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe}, 127),
             {0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6});
  check_same(mxfp4_values({0xa7}, 121), {0.09375, -0.015625});
  check_same(mxfp4_values({0x2f, 0x81}, 118), {-0.01171875, 0.001953125, 0.0009765625, -0.0});
  check_same(mxfp4_values({0x71}, 130), {4, 48});
  check_same(mxfp4_values({0x71}, 0), {2.938735877055719e-39, 3.5264830524668625e-38});
  check_same(mxfp4_values({0xf0}, 252), {0, -2.5521177519070385e38});
}

TEST_CASE("every MXFP4 code under every scale is its table value times a power of two, or refused") {
  const double table[8] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  int wrong = 0;
  for (int scale = 0; scale < 255; ++scale) {
    for (int code = 0; code < 16; ++code) {
      const std::vector<uint8_t> blocks(mxfp4_block_bytes, static_cast<uint8_t>(code * 17));
      const auto exponent = static_cast<uint8_t>(scale);
      std::vector<uint16_t> out(mxfp4_block_elements);
      const auto bad = mxfp4_to_bf16(blocks.data(), &exponent, 1, out.data());
      const double expected = std::ldexp(code < 8 ? table[code] : -table[code - 8], scale - 127);
      if (std::abs(expected) > static_cast<double>(std::numeric_limits<float>::max())) {
        wrong += bad && bad->why == BadMxfp4Block::Why::overflow ? 0 : 1;
        continue;
      }
      wrong += bad ? 1 : 0;
      for (const uint16_t bits : out) wrong += same(static_cast<double>(bf16_value(bits)), expected) ? 0 : 1;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("the first bad MXFP4 block is named, and why") {
  std::vector<uint8_t> blocks(4 * mxfp4_block_bytes, 0x11);
  std::vector<uint16_t> out(4 * mxfp4_block_elements);
  std::vector<uint8_t> scales{127, 253, 255, 255};
  auto bad = mxfp4_to_bf16(blocks.data(), scales.data(), 4, out.data());
  REQUIRE(bad.has_value());
  CHECK(bad->block == 2);  // 0.5·2^126 is finite
  CHECK(bad->why == BadMxfp4Block::Why::nan_scale);

  blocks[mxfp4_block_bytes + 15] = 0x70;
  bad = mxfp4_to_bf16(blocks.data(), scales.data(), 4, out.data());
  REQUIRE(bad.has_value());
  CHECK(bad->block == 1);
  CHECK(bad->why == BadMxfp4Block::Why::overflow);
}
