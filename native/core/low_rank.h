#pragma once

#include <cstdint>
#include <optional>

#include "buffer.h"
#include "computed_blocks.h"
#include "decoded_reader.h"
#include "matrix.h"

namespace spectrap {

/// Both factors of a low-rank product as float64, row-major.
struct Factors {
  /// Reads them whole. Throws what BlockReader throws.
  explicit Factors(const LowRank& product);
  static uint64_t bytes(const LowRank& product);

  uint64_t rank;
  Buffer<double> left;   ///< rows × rank
  Buffer<double> right;  ///< rank × cols
};

/// Blocks of base + scale·left·right, which is never formed as a whole. An entry of the product is a float64
/// sum of `rank` terms; it is rounded once more when scaled and once when added to the base.
class LowRankBlocks final : public ComputedBlocks {
 public:
  explicit LowRankBlocks(const LowRank& product);
  void read(uint64_t tap, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols, double* out) override;
  void check_unchanged() const override;
  static uint64_t bytes(const LowRank& product);

 private:
  Factors factors_;
  uint64_t cols_;
  double scale_;
  std::optional<DecodedReader> base_;
};

}  // namespace spectrap
