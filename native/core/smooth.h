#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "edit.h"
#include "team.h"

namespace spectrap {

/// The edit `keep`, of fewer components than there are: W·V·Vᵀ, or U·Uᵀ·W of a wide matrix, as codes. Throws
/// as edit_matrix().
EditReport smooth(const EditProblem& problem, const std::atomic<bool>& cancelled, Team& team,
                  std::byte* codes);

/// Peak bytes smooth() allocates.
uint64_t smooth_bytes(const EditProblem& problem);

}  // namespace spectrap
