#pragma once

#include <array>

#include "computed_case.h"

namespace spectrap::fuzz {

/// Reads a matrix that is computed from others: the answer is that of slow.h for each of them, put together
/// in the order of the definition, or the error that is due of one of them.
void run_computed(const ComputedCase& computed, const std::array<Files, 3>& files);

}  // namespace spectrap::fuzz
