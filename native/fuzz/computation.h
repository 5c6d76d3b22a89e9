#pragma once

#include <cstddef>
#include <vector>

#include "fuzz_case.h"

namespace spectrap::fuzz {

/// Moments and shuffle of a whole tap, whose codes these are.
void check_computation(const std::vector<std::byte>& codes, const FuzzCase& drawn);

}  // namespace spectrap::fuzz
