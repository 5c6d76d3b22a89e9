#pragma once

#include <cstdint>

#include "block_source.h"
#include "matrix.h"

namespace spectrap {

/// Elements of the longer side that are decoded at a time: a block of 12 MB in float64, a multiple of 32 so
/// that it never splits an MXFP4 block. Fixed, so that sums are formed in the same order on every run.
uint64_t gram_block(const Matrix& shape);

/// Scratch of gram(): one block of codes and one decoded block.
template <class Real>
uint64_t gram_scratch_bytes(const Matrix& shape);

/// G = scale²·WᵀW if rows ≥ cols, else scale²·WWᵀ: the Gram matrix of the smaller side, M × M, lower
/// triangle, column-major; the strict upper triangle is left zero. Elements are multiplied by `scale`, a
/// power of two, before they meet: no product over- or underflows, and nothing is rounded by it. Real =
/// double: products of values that come from float32 or narrower are exact before the sum.
template <class Real>
void gram(BlockSource& source, const Matrix& shape, double scale, Real* g);

/// ‖G‖²_F from the lower triangle, in float64.
template <class Real>
double gram_norm_squared(const Real* g, uint64_t n);

}  // namespace spectrap
