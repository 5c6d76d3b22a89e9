#include "line_energies.h"

#include <algorithm>
#include <cstddef>

#include "block_reader.h"
#include "decode.h"
#include "error.h"

namespace spectrap {
namespace {

/// Decoded blocks of one tap.
class Blocks {
 public:
  Blocks(const Matrix& matrix, uint64_t tap) : matrix_(matrix), tap_(tap), reader_(matrix) {}

  const std::vector<double>& read(uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols) {
    codes_.resize(rows * cols * code_width(matrix_.encoding));
    values_.resize(rows * cols);
    reader_.read(tap_, row0, rows, col0, cols, codes_.data());
    decode(matrix_.encoding, codes_.data(), rows * cols, values_.data());
    return values_;
  }

 private:
  const Matrix& matrix_;
  uint64_t tap_;
  BlockReader reader_;
  std::vector<std::byte> codes_;
  std::vector<double> values_;
};

}  // namespace

uint64_t line_energies_bytes(const Matrix& matrix) {
  return BlockReader::resident_bytes(matrix) + matrix.cols * (sizeof(double) + code_width(matrix.encoding));
}

LineEnergies line_energies(const Matrix& matrix, uint64_t tap, const std::vector<uint64_t>& rows,
                           const std::vector<uint64_t>& cols) {
  const auto outside = [](const std::vector<uint64_t>& lines, uint64_t count) {
    return std::any_of(lines.begin(), lines.end(), [=](uint64_t line) { return line >= count; });
  };
  if (tap >= matrix.taps || outside(rows, matrix.rows) || outside(cols, matrix.cols)) {
    throw Error("CK_RANGE", "the matrix has no such row, column or tap", matrix.bytes.path);
  }
  Blocks blocks(matrix, tap);
  LineEnergies found;
  for (const uint64_t row : rows) {
    double sum = 0;
    for (const double w : blocks.read(row, 1, 0, matrix.cols)) sum += w * w;
    found.rows.push_back(sum);
  }
  for (const uint64_t col : cols) {
    const bool packed = matrix.encoding == Encoding::mxfp4;
    const uint64_t width = packed ? mxfp4_block_elements : 1;
    const uint64_t col0 = col / width * width;
    double sum = 0;
    for (uint64_t row = 0; row < matrix.rows; ++row) {
      const double w = blocks.read(row, 1, col0, width)[col - col0];
      sum += w * w;
    }
    found.cols.push_back(sum);
  }
  return found;
}

}  // namespace spectrap
