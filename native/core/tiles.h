#pragma once

#include <cstdint>

#include "inline.h"

namespace spectrap {

/// The layout of a symmetric matrix of order n for the reduction: square tiles of its lower triangle, each
/// column-major and contiguous, tile columns one after another from left to right, each from its diagonal
/// tile down. Diagonal tiles hold both triangles. Rows and columns past n are zero.
template <class Real>
class Tiles {
 public:
  /// Does not own `data`, which has size(n) elements, aligned to 64 bytes.
  SPECTRAP_INLINE Tiles(uint64_t n, Real* data)
      : n_(n), side_(side_of(n)), count_(count_of(n)), data_(data) {}

  /// A tile of 96 rows fits the second-level cache beside its operands and is a whole number of register
  /// blocks of every instruction set and of panels. Small matrices lose more by its padding, and by the few
  /// tiles there are to share, than it saves.
  static SPECTRAP_INLINE uint64_t side_of(uint64_t n) { return n < 1500 ? 48 : 96; }
  static SPECTRAP_INLINE uint64_t count_of(uint64_t n) { return (n + side_of(n) - 1) / side_of(n); }
  static SPECTRAP_INLINE uint64_t size(uint64_t n) {
    return count_of(n) * (count_of(n) + 1) / 2 * side_of(n) * side_of(n);
  }

  SPECTRAP_INLINE uint64_t order() const { return n_; }
  SPECTRAP_INLINE uint64_t side() const { return side_; }
  SPECTRAP_INLINE uint64_t count() const { return count_; }  ///< tiles along one side
  SPECTRAP_INLINE uint64_t padded() const { return count_ * side_; }
  SPECTRAP_INLINE Real* data() const { return data_; }

  /// Tile (i, j), i ≥ j.
  SPECTRAP_INLINE Real* tile(uint64_t i, uint64_t j) const {
    return data_ + (j * count_ - j * (j + 1) / 2 + i) * side_ * side_;
  }
  /// Element (row, col), row ≥ col.
  SPECTRAP_INLINE Real& at(uint64_t row, uint64_t col) const {
    return tile(row / side_, col / side_)[col % side_ * side_ + row % side_];
  }

 private:
  uint64_t n_;
  uint64_t side_;
  uint64_t count_;
  Real* data_;
};

}  // namespace spectrap
