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
  void add(const Mxfp4Sums& other);

  /// Adds count, zeros and Σw^k to `sums`, whose shift must be 0. Each sum is rounded a few times only.
  void add_to(MomentSums& sums) const;

 private:
  std::array<simd::Mxfp4CodeSums, 256> totals_{};
};

}  // namespace spectrap
