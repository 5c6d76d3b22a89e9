#include "altered.h"

#include <algorithm>
#include <memory>

#include "buffer.h"
#include "decode.h"
#include "memory_matrix.h"
#include "row_blocks.h"

namespace spectrap {

Matrix altered(BlockReader& reader, const Matrix& matrix, uint64_t tap, const Alteration& alteration) {
  const auto copy = std::make_shared<Buffer<float>>(matrix.count());
  Buffer<double> values(row_block(matrix) * matrix.cols);
  for_each_row_block(reader, matrix, tap, [&](uint64_t row, uint64_t rows, const std::byte* codes) {
    const uint64_t count = rows * matrix.cols;
    decode(matrix.encoding, codes, count, values.data());
    float* out = copy->data() + row * matrix.cols;
    for (uint64_t i = 0; i < count; ++i) {
      const double entry =
          std::clamp(values.data()[i] - alteration.centre, -alteration.limit, alteration.limit);
      out[i] = static_cast<float>(entry * alteration.scale);
    }
  });
  for (const uint64_t position : alteration.left_out) copy->data()[position] = 0;
  return memory_matrix(matrix.name, Encoding::f32, matrix.rows, matrix.cols, elements_of(copy));
}

uint64_t altered_bytes(const Matrix& matrix) { return Buffer<float>::bytes(matrix.count()); }

uint64_t altered_scratch_bytes(const Matrix& matrix) {
  return row_block_bytes(matrix) + Buffer<double>::bytes(row_block(matrix) * matrix.cols);
}

}  // namespace spectrap
