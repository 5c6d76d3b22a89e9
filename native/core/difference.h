#pragma once

#include <cstdint>

#include "buffer.h"
#include "computed_blocks.h"
#include "decoded_reader.h"
#include "matrix.h"

namespace spectrap {

/// Blocks of minuend − subtrahend. Each entry is rounded once, to float64: exact where both are float32 or
/// narrower and their exponents differ by at most 29.
class DifferenceBlocks final : public ComputedBlocks {
 public:
  explicit DifferenceBlocks(const Difference& difference);
  void read(uint64_t tap, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols, double* out) override;
  void check_unchanged() const override;
  static uint64_t bytes(const Difference& difference);

 private:
  DecodedReader minuend_;
  DecodedReader subtrahend_;
  Buffer<double> subtracted_;
};

}  // namespace spectrap
