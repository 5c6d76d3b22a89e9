#include "computed_blocks.h"

#include "difference.h"
#include "low_rank.h"

namespace spectrap {

std::unique_ptr<ComputedBlocks> computed_blocks(const Matrix& matrix) {
  if (matrix.difference != nullptr) return std::make_unique<DifferenceBlocks>(*matrix.difference);
  if (matrix.low_rank != nullptr) return std::make_unique<LowRankBlocks>(*matrix.low_rank);
  return nullptr;
}

uint64_t computed_blocks_bytes(const Matrix& matrix) {
  if (matrix.difference != nullptr) return DifferenceBlocks::bytes(*matrix.difference);
  if (matrix.low_rank != nullptr) return LowRankBlocks::bytes(*matrix.low_rank);
  return 0;
}

}  // namespace spectrap
