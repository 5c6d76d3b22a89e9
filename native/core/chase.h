#pragma once

#include <cstdint>

#include "band.h"
#include "simd/stages.h"

namespace spectrap {

/// Band → tridiagonal: T = Qᵀ·B·Q with Q orthogonal, by bulge chasing (simd/chase.inl); Q is not kept. About
/// 6 b n² operations. ‖T − QᵀBQ‖ is a small multiple of n·ε·‖B‖; a matrix that is tridiagonal comes back as
/// it is.
///
/// `band` is the lower band storage of band.h, order n and bandwidth b = 24 for float64, 16 or 32 for
/// float32, no other; zero outside of the band but for the last element of each column, which may hold
/// anything and keeps it. It is destroyed, all past row and column n stays zero. `diagonal` receives n
/// elements, `off_diagonal` n − 1 whose signs mean nothing; n may be 0. No scratch.
///
/// ‖B‖ is of order 1, so that no square overflows. What a reflection would clear counts as zero where the sum
/// of its squares comes near underflow (2⁻⁹⁷⁰, in float32 2⁻¹⁰²), an error far below ε‖B‖.
///
/// One thread: of the way from a matrix to its eigenvalues this is an eighth at n = 2880, and less the larger
/// n.
template <class Real>
void band_to_tridiagonal(const simd::Stages& stages, uint64_t n, uint64_t b, Real* band, double* diagonal,
                         double* off_diagonal);

}  // namespace spectrap
