#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "matrix.h"
#include "moments.h"
#include "team.h"

namespace spectrap {

/// Peak bytes screen() allocates with the whole team at work, results apart.
uint64_t screen_bytes(const Matrix& matrix, uint64_t extremes, uint64_t threads);

/// The moments of each tap, from one pass with little arithmetic: MXFP4 in exact integer sums, others in
/// float32 sums of 512 entries, added up in float64; F64 in float64 as by Moments. The float32 sums are
/// within 1e-6 of Σ|w − shift|^k, and mostly within 1e-8. Counts and extreme entries are exact and those of
/// Moments, `extremes` at each end, from 1 to extreme_count: a few cost next to nothing, 1024 a third of the
/// pass. The bits of the sums depend on the instruction set, not on the team.
///
/// Pieces of a large matrix are shared out to the team. Throws NON_FINITE, ERR_CANCELLED, CK_FILE_CHANGED and
/// whatever reading and decoding throw.
std::vector<MomentSums> screen(const Matrix& matrix, uint64_t extremes, const std::atomic<bool>& cancelled,
                               Team& team);

}  // namespace spectrap
