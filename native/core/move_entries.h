#pragma once

#include <cstddef>
#include <cstdint>

#include "edit.h"

namespace spectrap {

/// The edits `entries` and `subtract_mean`, as codes. Throws as edit_matrix().
EditReport move_entries(const EditProblem& problem, std::byte* codes);

/// Peak bytes move_entries() allocates.
uint64_t move_entries_bytes(const EditProblem& problem);

}  // namespace spectrap
