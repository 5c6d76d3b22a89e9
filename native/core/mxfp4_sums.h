#pragma once

#include <array>
#include <cstdint>

#include "moments.h"
#include "simd/stages.h"

namespace spectrap {

/// Exact sums of MXFP4 values: those of the codes are kept apart by exponent byte, as integers, and meet in
/// float64 at the end. 12 KB.
class Mxfp4Sums {
 public:
  /// Adds `count` blocks of 16 packed bytes, with an exponent byte each.
  void add(const uint8_t* blocks, const uint8_t* scales, uint64_t count);
  /// Adds the sums of `count` blocks of one exponent byte.
  void add(uint8_t scale, uint64_t count, const simd::Mxfp4CodeSums& sums);
  void add(const Mxfp4Sums& other);

  /// Adds count, zeros and Σw^k to `sums`, whose shift must be 0. Each sum is rounded a few times only.
  void add_to(MomentSums& sums) const;

 private:
  /// Of twice the E2M1 values of blocks with the same exponent byte.
  struct Totals {
    int64_t blocks;
    simd::Mxfp4CodeSums sums;
  };
  std::array<Totals, 256> totals_{};
};

}  // namespace spectrap
