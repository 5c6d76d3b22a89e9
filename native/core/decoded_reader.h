#pragma once

#include <cstddef>
#include <cstdint>

#include "block_reader.h"
#include "buffer.h"
#include "matrix.h"

namespace spectrap {

/// Reads blocks of a matrix as float64, whatever its layout and encoding, a few rows at a time.
class DecodedReader {
 public:
  /// Throws what BlockReader throws.
  explicit DecodedReader(const Matrix& matrix);

  /// Writes rows [row0, row0 + rows) × columns [col0, col0 + cols) of a tap to `out`, row-major; col0 and
  /// cols as BlockReader wants them. Throws what BlockReader::read() throws.
  void read(uint64_t tap, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols, double* out);

  void check_unchanged() const { reader_.check_unchanged(); }

  /// Bytes a reader of this matrix allocates, for its whole life.
  static uint64_t bytes(const Matrix& matrix);

 private:
  BlockReader reader_;
  Encoding encoding_;
  uint64_t piece_;  ///< elements
  Buffer<std::byte> codes_;
};

/// Elements that are read and used at a time, a row at least: few enough to stay in the second-level cache.
uint64_t piece_elements(const Matrix& matrix);

}  // namespace spectrap
