#pragma once

#include <cstdint>

#include "decoded_reader.h"
#include "team.h"

namespace spectrap {

/// A matrix to compare, and its Frobenius norm, which is not 0: it is only a scale, so that no square over-
/// or underflows.
struct CkaOperand {
  DecodedReader& reader;
  double norm;
};

/// ‖AᵀB‖_F / √(‖AᵀA‖_F ‖BᵀB‖_F) of one tap of two rows × cols matrices, in float64: what WeightWatcher calls
/// CKA. It is the square root of the linear centred kernel alignment of S. Kornblith et al. (ICML 2019),
/// whose examples are the rows, without the centring. In [0, 1]; 1 if B = ±A.
///
/// The cross product is never formed for wide matrices: ‖AᵀB‖²_F = ⟨AAᵀ, BBᵀ⟩, two Gram matrices of the
/// smaller side, 2·rows²·cols operations. For tall ones all three products are blocks of the Gram matrix of
/// [A B]: 4·rows·cols² operations, and a matrix of order 2·cols in memory.
double linear_cka(const CkaOperand& first, const CkaOperand& second, uint64_t rows, uint64_t cols,
                  uint64_t tap, Team& team);

/// Bytes linear_cka() allocates.
uint64_t linear_cka_bytes(uint64_t rows, uint64_t cols);

}  // namespace spectrap
