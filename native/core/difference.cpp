#include "difference.h"

#include <algorithm>

#include "clones.h"

namespace spectrap {
namespace {

SPECTRAP_CLONES void subtract(const double* values, uint64_t count, double* from) {
  for (uint64_t i = 0; i < count; ++i) from[i] -= values[i];
}

}  // namespace

DifferenceBlocks::DifferenceBlocks(const Difference& difference)
    : minuend_(difference.minuend),
      subtrahend_(difference.subtrahend),
      subtracted_(piece_elements(difference.minuend)) {}

void DifferenceBlocks::read(uint64_t tap, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols,
                            double* out) {
  const uint64_t step = subtracted_.size() / std::max<uint64_t>(cols, 1);
  for (uint64_t r = 0; r < rows; r += step) {
    const uint64_t count = std::min(step, rows - r);
    minuend_.read(tap, row0 + r, count, col0, cols, out + r * cols);
    subtrahend_.read(tap, row0 + r, count, col0, cols, subtracted_.data());
    subtract(subtracted_.data(), count * cols, out + r * cols);
  }
}

void DifferenceBlocks::check_unchanged() const {
  minuend_.check_unchanged();
  subtrahend_.check_unchanged();
}

uint64_t DifferenceBlocks::bytes(const Difference& difference) {
  return DecodedReader::bytes(difference.minuend) + DecodedReader::bytes(difference.subtrahend) +
         Buffer<double>::bytes(piece_elements(difference.minuend));
}

}  // namespace spectrap
