#pragma once

#include <vector>

#include "simd/stages.h"

namespace spectrap {

/// Stages of every instruction set this build has and this CPU can run, slowest first; never empty.
const std::vector<const simd::Stages*>& available_stages();

/// The fastest of them, or the one that SPECTRAP_ISA names: for the same bits on different machines, and to
/// compare. Throws UNKNOWN_ISA if that one is not available.
const simd::Stages& stages();

}  // namespace spectrap
