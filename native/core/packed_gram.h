#pragma once

#include <cstddef>
#include <cstdint>

#include "block_source.h"
#include "matrix.h"
#include "product.h"
#include "simd/stages.h"
#include "team.h"
#include "tiles.h"

namespace spectrap {

/// Bytes of scratch packed_gram() needs, whatever the product: 16 MB of packed data and at most as much of
/// codes, more where a chunk of some hundred elements of depth takes more.
uint64_t packed_gram_scratch_bytes(const Matrix& shape, const simd::GramKernels& kernels);

/// G = scale²·WᵀW if rows ≥ cols, else scale²·WWᵀ, written where the reduction wants it; `scale` is a power
/// of two that brings the largest entry near 1, so that nothing over- or underflows that could be told from
/// rounding.
///
/// Blocks along the longer side are decoded, packed and multiplied, tile by tile of the lower triangle (Goto
/// and van de Geijn, ACM TOMS 34 (2008) 12, for a symmetric result). Sums of one chunk of
/// depth stay in registers and are then added to G.
///
/// Integers: exactly, if Real is double. By Cauchy–Schwarz no sum exceeds the largest squared column norm of
/// the chunk; where that reaches 2^31, sums are added before their length times the largest square does.
///
/// bf16, float32: a chunk's sum is rounded to float32, and the diagonal comes from float64 column norms,
/// since float32 sums of squares are biased.
///
/// float64: Real must be double.
///
/// `choice` must hold for the matrix (choose_product()). `scratch` is aligned to 64 bytes. Tasks for `team`
/// depend on the shape alone, and so do the bits of the result.
///
/// Returns the largest error of a diagonal entry, as the products had it, over the largest entry; 0 where the
/// diagonal is left as the products have it.
template <class Real>
double packed_gram(BlockSource& source, const Matrix& shape, const ProductChoice& choice, double scale,
                   const simd::GramKernels& kernels, const Tiles<Real>& g, std::byte* scratch, Team& team);

/// What rounding of float32 sums may do to an eigenvalue, over λmax, where the sums of squares have the
/// relative error `diagonal_error`, which packed_gram() returns; an estimate. Errors of sums of different
/// products are of either sign and average out in an eigenvalue that belongs to many columns. They do not in
/// two cases:
///  - Columns nearly parallel (|cos| > 0.7). Their products are much the same, so are the errors, which add
///  up
///    to diagonal_error·√(Σ G_ij² of such pairs).
///  - Two columns, each with a huge entry in the same row, which are nearly all of an eigenvector v: with
///    v_i v_j ≈ G_ij/λ an error of G_ij becomes 2 (G_ij/λ) ΔG_ij. Terms that follow a huge one are rounded to
///    its last bit: a relative error of 2^-23 √(chunk/24), three times which is 2^-20.
/// λmax is at least the largest G_jj, and ‖G‖²_F/tr G.
template <class Real>
double sum_rounding(const Tiles<Real>& g, double diagonal_error);

/// ‖G‖²_F, in float64.
template <class Real>
double norm_squared(const Tiles<Real>& g);

/// sum += term, of the same order.
template <class Real>
void add(const Tiles<Real>& term, const Tiles<Real>& sum);

}  // namespace spectrap
