#pragma once

#include <array>
#include <vector>

#include "fuzz_case.h"
#include "fuzz_input.h"

namespace spectrap::fuzz {

/// Products that a block takes at most; more would make a case slow.
constexpr uint64_t most_products = 20000;

/// A matrix that is computed from others, W − W₀ or W₀ + scale·BA, and those.
struct ComputedCase {
  FuzzCase drawn;               ///< the matrix, and what is done with it; it has no bytes of its own
  std::vector<FuzzCase> parts;  ///< minuend and subtrahend, or left, right and perhaps the base

  bool low_rank() const { return drawn.matrix.low_rank != nullptr; }
  /// Products of an element.
  uint64_t terms() const { return low_rank() ? parts[0].matrix.cols : 1; }
  /// Those that are read with each block of it; factors are read whole when it is opened.
  std::vector<size_t> read_by_block() const;
  Block block(size_t i) const;
};

/// Draws a case and writes the files of its parts, whose shapes agree and are not empty, as a descriptor of a
/// checkpoint promises it; anything else about them may be wrong.
ComputedCase draw_computed(FuzzInput& input, const std::array<Files, 3>& files);

}  // namespace spectrap::fuzz
