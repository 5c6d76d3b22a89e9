#pragma once

#include <cstdint>
#include <memory>

#include "matrix.h"

namespace spectrap {

/// Computes blocks of a matrix that is made of others, in float64, from what it reads of them.
class ComputedBlocks {
 public:
  virtual ~ComputedBlocks() = default;
  /// Writes rows [row0, row0 + rows) × columns [col0, col0 + cols) of a tap, row-major. Columns as
  /// BlockReader wants them for the matrices that are read.
  virtual void read(uint64_t tap, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols,
                    double* out) = 0;
  /// Throws CK_FILE_CHANGED if a file that is still read was written to or replaced.
  virtual void check_unchanged() const = 0;
};

/// Null for a matrix that is not computed. Throws what BlockReader throws.
std::unique_ptr<ComputedBlocks> computed_blocks(const Matrix& matrix);

/// Bytes they allocate, for their whole life.
uint64_t computed_blocks_bytes(const Matrix& matrix);

}  // namespace spectrap
