#include "slow.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "../core/decode.h"

namespace spectrap::fuzz {
namespace {

/// Whole numbers up to 2^64 are exact in the 64 bits of a long double; beyond that only "too large" counts.
using Wide = long double;

bool fits(const FileRange& range, Wide elements, Wide width) {
  return range.begin <= range.end && range.end <= range.file_size &&
         elements * width <= static_cast<Wide>(range.end - range.begin);
}

/// Sign, exponent, mantissa of any width (IEEE 754; the OCP 8-bit formats).
double value_of(uint32_t code, int exponent_bits, int mantissa_bits, bool has_infinity) {
  const double sign = (code >> (exponent_bits + mantissa_bits)) != 0 ? -1 : 1;
  const int mantissa = static_cast<int>(code & ((1u << mantissa_bits) - 1));
  const int exponent = static_cast<int>((code >> mantissa_bits) & ((1u << exponent_bits) - 1));
  const int top = (1 << exponent_bits) - 1;
  const int bias = top / 2;
  if (exponent == top && has_infinity) {
    return mantissa == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  if (exponent == top && mantissa == (1 << mantissa_bits) - 1)
    return std::numeric_limits<double>::quiet_NaN();
  if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
  return sign * std::ldexp((1 << mantissa_bits) + mantissa, exponent - bias - mantissa_bits);
}

template <class T>
T loaded(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

struct Packed {
  uint32_t code;
  int scale;
};

Packed packed(const FuzzCase& drawn, uint64_t row, uint64_t col) {
  const Matrix& matrix = drawn.matrix;
  const uint64_t block = (matrix.first_row + row * matrix.row_step) * (matrix.cols / 32) + col / 32;
  const uint8_t pair = drawn.content[matrix.bytes.begin + block * 16 + col % 32 / 2];
  return {col % 2 == 0 ? pair & 15u : pair >> 4u, drawn.scales_content[matrix.scales.begin + block]};
}

/// E2M1: m/2 if the exponent is 0, else (1 + m/2)·2^(exponent − 1).
double e2m1(const Packed& packed) {
  const double half = (packed.code & 1) * 0.5;
  const int exponent = static_cast<int>(packed.code >> 1 & 3);
  const double magnitude = exponent == 0 ? half : std::ldexp(1 + half, exponent - 1);
  return std::ldexp((packed.code & 8) != 0 ? -magnitude : magnitude, packed.scale - 127);
}

}  // namespace

bool lies_inside(const Matrix& matrix) {
  const Wide elements = static_cast<Wide>(matrix.rows) * matrix.cols * matrix.taps;
  if (matrix.encoding == Encoding::mxfp4) {
    if (matrix.cols % 32 != 0) return false;
    const Wide stored_rows = static_cast<Wide>(matrix.rows - 1) * matrix.row_step + matrix.first_row + 1;
    const uint64_t row_blocks = matrix.cols / 32;
    const Wide blocks = std::max(stored_rows * row_blocks, elements / 32);
    return fits(matrix.bytes, blocks, 16) && fits(matrix.scales, blocks, 1);
  }
  const Strides& s = matrix.strides;
  const Wide last = static_cast<Wide>(matrix.rows - 1) * s.row + static_cast<Wide>(matrix.cols - 1) * s.col +
                    static_cast<Wide>(matrix.taps - 1) * s.tap + s.offset + 1;
  return fits(matrix.bytes, std::max(last, elements), code_width(matrix.encoding));
}

std::string due_error(const FuzzCase& drawn) {
  const Matrix& matrix = drawn.matrix;
  if (matrix.memory != nullptr) return {};
  if (!matrix.empty() && !lies_inside(matrix)) return "CK_RANGE";
  if (!drawn.path_exists) return "CK_NOT_FOUND";
  return drawn.unchanged ? "" : "CK_FILE_CHANGED";
}

const uint8_t* stored(const FuzzCase& drawn, uint64_t tap, uint64_t row, uint64_t col) {
  const Matrix& matrix = drawn.matrix;
  const Strides& s = matrix.strides;
  const uint64_t number = s.offset + row * s.row + col * s.col + tap * s.tap;
  return drawn.content.data() + matrix.bytes.begin + number * code_width(matrix.encoding);
}

double element(const FuzzCase& drawn, uint64_t tap, uint64_t row, uint64_t col) {
  if (drawn.matrix.encoding == Encoding::mxfp4) return e2m1(packed(drawn, row, col));
  const uint8_t* at = stored(drawn, tap, row, col);
  switch (drawn.matrix.encoding) {
    case Encoding::f64:
      return loaded<double>(at);
    case Encoding::f32:
      return static_cast<double>(loaded<float>(at));
    case Encoding::f16:
      return value_of(loaded<uint16_t>(at), 5, 10, true);
    case Encoding::bf16:
      return value_of(loaded<uint16_t>(at), 8, 7, true);
    case Encoding::f8_e5m2:
      return value_of(*at, 5, 2, true);
    default:
      return value_of(*at, 4, 3, false);
  }
}

std::optional<BadBlock> first_bad_block(const FuzzCase& drawn, const Block& block) {
  if (drawn.matrix.encoding != Encoding::mxfp4) return std::nullopt;
  for (uint64_t row = block.row0; row < block.row0 + block.rows; ++row) {
    for (uint64_t col = block.col0; col < block.col0 + block.cols; ++col) {
      const Packed code = packed(drawn, row, col);
      if (code.scale < 250) continue;  // at most 6·2^122
      const bool nan = code.scale == 255;
      if (!nan && std::abs(e2m1(code)) <= std::numeric_limits<float>::max()) continue;
      return BadBlock{nan ? "MX_SCALE_NAN" : "MX_OVERFLOW",
                      "(row " + std::to_string(row) + ", block " + std::to_string(col / 32) + ")"};
    }
  }
  return std::nullopt;
}

}  // namespace spectrap::fuzz
