#include "low_rank.h"

#include <algorithm>

#include "clones.h"

namespace spectrap {
namespace {

/// Columns computed at a time: their sums stay in the first-level cache, the right factor in the second.
constexpr uint64_t segment = 512;

/// out += scale·(left row)·(right segment); `stride` is the length of a row of the right factor.
SPECTRAP_CLONES void add_product(const double* left, const double* right, uint64_t rank, uint64_t stride,
                                 uint64_t cols, double scale, double* out) {
  double sums[segment] = {};
  for (uint64_t k = 0; k < rank; ++k) {
    const double factor = left[k];
    const double* row = right + k * stride;
    for (uint64_t c = 0; c < cols; ++c) sums[c] += factor * row[c];
  }
  for (uint64_t c = 0; c < cols; ++c) out[c] += scale * sums[c];
}

Buffer<double> whole(const Matrix& matrix) {
  DecodedReader reader(matrix);  // first: it refuses counts that its file does not have
  Buffer<double> values(matrix.count());
  reader.read(0, 0, matrix.rows, 0, matrix.cols, values.data());
  reader.check_unchanged();
  return values;
}

}  // namespace

Factors::Factors(const LowRank& product)
    : rank(product.right.rows), left(whole(product.left)), right(whole(product.right)) {}

uint64_t Factors::bytes(const LowRank& product) {
  return Buffer<double>::bytes(product.left.count()) + Buffer<double>::bytes(product.right.count()) +
         std::max(DecodedReader::bytes(product.left), DecodedReader::bytes(product.right));
}

LowRankBlocks::LowRankBlocks(const LowRank& product)
    : factors_(product), cols_(product.right.cols), scale_(product.scale) {
  if (product.base) base_.emplace(*product.base);
}

void LowRankBlocks::read(uint64_t tap, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols,
                         double* out) {
  if (base_) {
    base_->read(tap, row0, rows, col0, cols, out);
  } else {
    std::fill(out, out + rows * cols, 0.0);
  }
  for (uint64_t c = 0; c < cols; c += segment) {
    const uint64_t count = std::min(segment, cols - c);
    for (uint64_t r = 0; r < rows; ++r) {
      add_product(factors_.left.data() + (row0 + r) * factors_.rank, factors_.right.data() + col0 + c,
                  factors_.rank, cols_, count, scale_, out + r * cols + c);
    }
  }
}

void LowRankBlocks::check_unchanged() const {
  if (base_) base_->check_unchanged();
}

uint64_t LowRankBlocks::bytes(const LowRank& product) {
  return Factors::bytes(product) + (product.base ? DecodedReader::bytes(*product.base) : 0);
}

}  // namespace spectrap
