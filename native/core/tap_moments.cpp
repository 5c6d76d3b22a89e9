#include "tap_moments.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "buffer.h"
#include "decode.h"
#include "error.h"
#include "row_blocks.h"

namespace spectrap {
namespace {

template <class Real>
TapMoments decoded_moments(BlockReader& reader, const Matrix& matrix, uint64_t tap) {
  Moments moments;
  Digits digits;
  Buffer<Real> values(row_block(matrix) * matrix.cols);
  for_each_row_block(reader, matrix, tap, [&](uint64_t row, uint64_t rows, const std::byte* codes) {
    decode(matrix.encoding, codes, rows * matrix.cols, values.data());
    moments.add(values.data(), row, rows, 0, matrix.cols, matrix.cols);
    digits.add(values.data(), rows * matrix.cols);
  });
  return {moments.result(), digits};
}

}  // namespace

void require_finite(const MomentSums& moments, const Matrix& matrix) {
  if (moments.nan + moments.inf == 0) {
    if (std::isfinite(moments.sum_squares)) return;
    throw Error("NON_FINITE", "the squared norm of the matrix is beyond float64");
  }
  const uint64_t row = moments.first_non_finite / matrix.cols;
  const uint64_t col = moments.first_non_finite % matrix.cols;
  throw Error("NON_FINITE", std::to_string(moments.nan) + " NaN and " + std::to_string(moments.inf) +
                                " infinite entries, the first at row " + std::to_string(row) + ", column " +
                                std::to_string(col));
}

uint64_t tap_moments_bytes(const Matrix& matrix) {
  return row_block_bytes(matrix) + Buffer<double>::bytes(row_block(matrix) * matrix.cols);
}

TapMoments tap_moments(BlockReader& reader, const Matrix& matrix, uint64_t tap, StageSeconds& seconds) {
  const StageTimer timer(seconds.moments);
  TapMoments tap_moments = matrix.encoding == Encoding::f64 ? decoded_moments<double>(reader, matrix, tap)
                                                            : decoded_moments<float>(reader, matrix, tap);
  require_finite(tap_moments.moments, matrix);
  return tap_moments;
}

template <class Real>
double unit_scale(const MomentSums& moments, Encoding encoding) {
  double largest = 0;
  if (!moments.largest.empty()) largest = std::abs(moments.largest.front().value);
  if (!moments.smallest.empty()) largest = std::max(largest, std::abs(moments.smallest.front().value));
  if (largest == 0) return 1;
  // The scale must be a normal number of the type that is multiplied by it; F64 is scaled before it is
  // narrowed.
  const int limit = encoding == Encoding::f64 ? -std::numeric_limits<double>::min_exponent
                                              : -std::numeric_limits<Real>::min_exponent;
  int exponent = 0;
  std::frexp(largest, &exponent);
  return std::ldexp(1.0, std::clamp(-exponent, -limit, limit));
}

template double unit_scale<double>(const MomentSums&, Encoding);
template double unit_scale<float>(const MomentSums&, Encoding);

}  // namespace spectrap
