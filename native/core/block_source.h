#pragma once

#include <cstdint>
#include <cstring>

#include "block_reader.h"
#include "matrix.h"

namespace spectrap {

/// Hands out blocks of one rows × cols matrix as codes (see decode.h). The Gram stage does not care whether
/// they come from a file or from a shuffled copy in memory.
class BlockSource {
 public:
  virtual ~BlockSource() = default;
  /// Writes rows [row0, row0 + rows) × columns [col0, col0 + cols), row-major, to `codes`.
  virtual void read(uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols, void* codes) = 0;
};

/// One tap of a stored matrix.
class StoredBlocks final : public BlockSource {
 public:
  StoredBlocks(BlockReader& reader, uint64_t tap) : reader_(reader), tap_(tap) {}
  void read(uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols, void* codes) override {
    reader_.read(tap_, row0, rows, col0, cols, codes);
  }

 private:
  BlockReader& reader_;
  uint64_t tap_;
};

/// A whole matrix of codes in memory, row-major.
class CopiedBlocks final : public BlockSource {
 public:
  CopiedBlocks(const std::byte* codes, uint64_t cols, uint64_t width)
      : codes_(codes), cols_(cols), width_(width) {}
  void read(uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols, void* codes) override {
    auto* out = static_cast<std::byte*>(codes);
    if (cols == cols_) {
      std::memcpy(out, codes_ + row0 * cols_ * width_, rows * cols * width_);
      return;
    }
    for (uint64_t r = 0; r < rows; ++r) {
      std::memcpy(out + r * cols * width_, codes_ + ((row0 + r) * cols_ + col0) * width_, cols * width_);
    }
  }

 private:
  const std::byte* codes_;
  uint64_t cols_;
  uint64_t width_;
};

}  // namespace spectrap
