#pragma once

#include <cstdint>

#include "inline.h"
#include "simd/stages.h"
#include "team.h"
#include "tiles.h"

namespace spectrap {

/// Subdiagonals of the band that full_to_band() makes of a matrix of order n. With more of them the chase
/// costs more, with fewer the update does: 24 is best for float64, 32 for float32; the small tiles of small
/// matrices hold whole panels of 16.
template <class Real>
SPECTRAP_INLINE uint64_t bandwidth(uint64_t n) {
  if (sizeof(Real) == sizeof(double)) return 24;
  return Tiles<Real>::side_of(n) == 48 ? 16 : 32;
}

/// Elements of the lower band storage of order n and bandwidth b: element (c + k, c), 0 ≤ k ≤ b, stands at
/// c·(2b + 1) + k. The room below is for the bulges of the chase; 2b + 1 columns of zeros past n let every
/// step of it be a whole one.
SPECTRAP_INLINE uint64_t band_size(uint64_t n, uint64_t b) { return (n + 2 * b + 1) * (2 * b + 1); }

/// Parts that the product of each panel is summed up in, one task each. More than one only where a panel is
/// work enough to share; a function of the order alone, so that sums are formed in the same order whatever
/// the threads.
SPECTRAP_INLINE uint64_t band_slices(uint64_t n) { return n < 4096 ? 1 : 8; }

/// Columns that the panels of order n eliminate, rounded up to whole panels.
template <class Real>
SPECTRAP_INLINE uint64_t band_panels(uint64_t n) {
  const uint64_t b = bandwidth<Real>(n);
  return n <= b ? 0 : (n - 1) / b;
}

/// Elements of scratch that full_to_band() needs.
template <class Real>
uint64_t full_to_band_scratch(uint64_t n);

namespace simd {
/// Q of A = Q·B·Qᵀ as full_to_band() leaves it: Q = Q₁·Q₂⋯, panel p of it Q_p = I − V·T·Vᵀ. V is padded × b,
/// row-major, T is b × b, row-major, upper triangular, b = bandwidth<Real>(n).
template <class Real>
struct BandReflectors {
  Real* v;  ///< band_panels(n) · padded · b elements
  Real* t;  ///< band_panels(n) · b · b elements
};
}  // namespace simd
using simd::BandReflectors;

/// Full → band: B = Qᵀ·A·Q with Q orthogonal and B of bandwidth<Real>(n) subdiagonals, by Householder panels
/// whose update of the rest and whose product with it share one pass over the tiles (the method: Bischof,
/// Lang, Sun, ACM TOMS 26 (2000) 581; the fusing of the passes is ours). 4/3 n³ operations, all but a few per
/// cent of them in register blocks. ‖B − QᵀAQ‖ is a small multiple of n·ε·‖A‖.
///
/// `a` is destroyed. `band` has band_size(n, b) elements, is written whole. Entries of A are at most of order
/// 1, so that no square overflows; squares that underflow count as zero, which errs by less than ε‖A‖ when
/// ‖A‖ is of order 1 too. `keep`, if not null, receives Q.
template <class Real>
void full_to_band(const simd::Stages& stages, const Tiles<Real>& a, Real* band, Real* scratch, Team& team,
                  const BandReflectors<Real>* keep = nullptr);

}  // namespace spectrap
