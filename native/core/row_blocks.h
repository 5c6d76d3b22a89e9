#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "block_reader.h"
#include "buffer.h"
#include "decode.h"
#include "matrix.h"

namespace spectrap {

/// Rows handled at a time where whole rows pass once, in order: a million elements, so that a block of codes
/// stays in the second-level cache between reading and use.
inline uint64_t row_block(const Matrix& matrix) {
  constexpr uint64_t elements = uint64_t{1} << 20;
  const uint64_t fitting = elements / std::max<uint64_t>(matrix.cols, 1);
  return std::clamp<uint64_t>(fitting, 1, std::max<uint64_t>(matrix.rows, 1));
}

/// Bytes for_each_row_block() allocates.
inline uint64_t row_block_bytes(const Matrix& matrix) {
  return Buffer<std::byte>::bytes(row_block(matrix) * matrix.cols * code_width(matrix.encoding));
}

/// Calls visit(first row, rows, codes) over one tap, in row-major order.
template <class Visit>
void for_each_row_block(BlockReader& reader, const Matrix& matrix, uint64_t tap, Visit visit) {
  const uint64_t step = row_block(matrix);
  Buffer<std::byte> codes(step * matrix.cols * code_width(matrix.encoding));
  for (uint64_t row = 0; row < matrix.rows; row += step) {
    const uint64_t rows = std::min(step, matrix.rows - row);
    reader.read(tap, row, rows, 0, matrix.cols, codes.data());
    visit(row, rows, codes.data());
  }
}

}  // namespace spectrap
