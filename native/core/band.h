#pragma once

#include <cstdint>

#include "team.h"
#include "tiles.h"

namespace spectrap {

/// Subdiagonals of the band that full_to_band() makes of a matrix of order n: with more, the chase costs more;
/// with fewer, the update does (solvers.md measured 24 for float64, 32 for float32; 16 divides the small
/// tiles).
template <class Real>
uint64_t bandwidth(uint64_t n);

/// Elements of the lower band storage of order n and bandwidth b: element (c + k, c), 0 ≤ k ≤ b, stands at
/// c·(2b + 1) + k. The room below is for the bulges of the chase; 2b + 1 columns of zeros past n let every
/// step of it be a whole one.
inline uint64_t band_size(uint64_t n, uint64_t b) { return (n + 2 * b + 1) * (2 * b + 1); }

}  // namespace spectrap
