#pragma once

#include <cstdint>

#include "block_reader.h"
#include "matrix.h"
#include "moments.h"
#include "product.h"
#include "stage.h"

namespace spectrap {

/// Scratch of tap_moments(): a block of rows, as stored and decoded.
uint64_t tap_moments_bytes(const Matrix& matrix);

/// What one pass over the entries of a tap tells, and no shuffle changes.
struct TapMoments {
  MomentSums moments;
  Digits digits;  ///< decide the arithmetic of the Gram product
};

/// Throws NON_FINITE if there was a NaN or an infinity, or the squared norm is beyond float64.
void require_finite(const MomentSums& moments, const Matrix& matrix);

/// Reads and decodes the entries of one tap, a block of rows at a time. Throws NON_FINITE if the
/// tap has a NaN or an infinity, or a squared norm beyond float64, and whatever reading and decoding throw.
TapMoments tap_moments(BlockReader& reader, const Matrix& matrix, uint64_t tap, StageSeconds& seconds);

/// The power of two that brings the largest entry into [1/2, 1), as far as Real can hold it; 1 for a zero
/// matrix.
template <class Real>
double unit_scale(const MomentSums& moments, Encoding encoding);

}  // namespace spectrap
