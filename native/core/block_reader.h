#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "buffer.h"
#include "file.h"
#include "matrix.h"

namespace spectrap {

class ComputedBlocks;

/// Reads rectangular blocks of a stored matrix as row-major codes (see decode.h), whatever its layout.
/// Rows that are contiguous are read from the file when asked for; of other strides (convolution kernels,
/// transposed stacks) the covering bytes are loaded once and gathered from memory. Blocks of a matrix that is
/// made of others are computed when they are asked for.
class BlockReader {
 public:
  /// Opens the files. Throws what File throws, and CK_RANGE if the matrix does not lie inside its byte range.
  explicit BlockReader(const Matrix& matrix);
  ~BlockReader();

  /// Writes rows [row0, row0 + rows) × columns [col0, col0 + cols) of a tap to `codes`, row-major. MXFP4, and
  /// what is computed from it: col0 and cols are multiples of 32. Throws ST_DATA_TRUNCATED, CK_READ_FAILED,
  /// MX_SCALE_NAN and MX_OVERFLOW.
  void read(uint64_t tap, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols, void* codes);

  /// Rows of MXFP4 as they are stored: row r has its blocks at `blocks` + r·pitch·16 and their exponents at
  /// `scales` + r·pitch.
  struct PackedRows {
    const uint8_t* blocks;
    const uint8_t* scales;
    uint64_t rows;
    uint64_t pitch;  ///< blocks from one row to the next
  };

  /// Up to max_rows rows from row0 on, as many as are read at a time; valid until the next read. Throws what
  /// read() throws of MXFP4.
  PackedRows read_packed(uint64_t row0, uint64_t max_rows);

  /// Throws CK_FILE_CHANGED if a file was written to or replaced since its header was read.
  void check_unchanged() const;

  /// Bytes a reader of this matrix allocates, for its whole life.
  static uint64_t resident_bytes(const Matrix& matrix);

 private:
  void read_contiguous(uint64_t first, uint64_t rows, uint64_t cols, std::byte* out) const;
  /// Loads `rows` stored rows, or of each as many blocks as are asked for, into packed_ and scales_.
  void load_packed(uint64_t row0, uint64_t rows, uint64_t first_block, uint64_t blocks);
  void read_mxfp4(uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols, uint16_t* out);

  Matrix matrix_;
  uint64_t width_;
  // Opened before memory is taken by their claimed sizes: a size that is not the file's ends there.
  std::optional<File> file_;
  std::optional<File> scales_file_;
  Buffer<std::byte> resident_;  ///< the covering bytes of strided elements
  Buffer<uint8_t> packed_;      ///< a few rows of MXFP4 blocks
  Buffer<uint8_t> scales_;      ///< and of their exponent bytes
  std::unique_ptr<ComputedBlocks> computed_;
};

}  // namespace spectrap
