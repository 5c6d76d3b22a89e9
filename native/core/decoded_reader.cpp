#include "decoded_reader.h"

#include <algorithm>

#include "decode.h"

namespace spectrap {
namespace {

/// F64 is read to where it is wanted.
uint64_t codes_size(const Matrix& matrix) {
  return matrix.encoding == Encoding::f64 ? 0 : piece_elements(matrix) * code_width(matrix.encoding);
}

}  // namespace

uint64_t piece_elements(const Matrix& matrix) {
  constexpr uint64_t elements = uint64_t{1} << 16;
  return std::max(elements, matrix.cols);
}

DecodedReader::DecodedReader(const Matrix& matrix)
    : reader_(matrix),
      encoding_(matrix.encoding),
      piece_(piece_elements(matrix)),
      codes_(codes_size(matrix)) {}

void DecodedReader::read(uint64_t tap, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols,
                         double* out) {
  if (encoding_ == Encoding::f64) return reader_.read(tap, row0, rows, col0, cols, out);
  const uint64_t step = piece_ / std::max<uint64_t>(cols, 1);
  for (uint64_t r = 0; r < rows; r += step) {
    const uint64_t count = std::min(step, rows - r);
    reader_.read(tap, row0 + r, count, col0, cols, codes_.data());
    decode(encoding_, codes_.data(), count * cols, out + r * cols);
  }
}

uint64_t DecodedReader::bytes(const Matrix& matrix) {
  return BlockReader::resident_bytes(matrix) + Buffer<std::byte>::bytes(codes_size(matrix));
}

}  // namespace spectrap
