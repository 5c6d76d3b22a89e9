#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "edit.h"
#include "team.h"

namespace spectrap {

/// The edit `components`: W less singular terms of its shuffled copy, as codes. Throws as edit_matrix().
EditReport remove_components(const EditProblem& problem, const std::atomic<bool>& cancelled, Team& team,
                             std::byte* codes);

/// Peak bytes remove_components() allocates.
uint64_t remove_components_bytes(const EditProblem& problem);

/// Singular vectors it asks for: all down to the last component that is named.
uint64_t vectors_for(const Edit& edit);

}  // namespace spectrap
