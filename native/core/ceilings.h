#pragma once

#include <string>
#include <vector>

#include "simd/stages.h"

namespace spectrap {

/// What one core can do at most, measured.
struct Ceilings {
  struct Rate {
    std::string name;
    double per_second = 0;
  };

  /// Operations per second out of registers, a multiplication and an addition counting two: "fma_f64",
  /// "fma_f32" (without fused instructions: a product and a sum); "dot_i16", "dot_i8", "dot_bf16" where the
  /// set has products of pairs or quadruples into 32 bits. Then bytes per second of memory far larger than
  /// any cache: "read", and "triad" (a ← b + s·c, 24 bytes an element; the line that is read before it is
  /// overwritten is not counted: McCalpin, STREAM, 1995).
  std::vector<Rate> rates;

  /// Cycles per second of the core while it works, from a chain of additions that take one cycle each.
  double clock = 0;
};

/// Best of several short runs each, in CPU time of the calling thread, so that neighbours disturb it little;
/// half a second in all. Allocates three arrays of `bytes`.
Ceilings measure_ceilings(const simd::Stages& stages, uint64_t bytes = uint64_t{64} << 20);

}  // namespace spectrap
