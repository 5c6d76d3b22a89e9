#pragma once

#include <atomic>
#include <cstdint>

#include "eigen_pairs.h"
#include "spectrum.h"
#include "team.h"

namespace spectrap {

/// Whether eigen() calls the BLAS, which must have been opened from the main thread by then.
bool eigen_needs_blas(const Problem& problem, uint64_t top);

/// Peak bytes eigen() allocates, results apart.
uint64_t eigen_bytes(const Problem& problem, uint64_t top);

/// Eigenvalues, not below 0, of the Gram matrix of the smaller side M of one tap of a matrix, and
/// eigenvectors of norm 1 of the `top` largest, 0 ≤ top ≤ M: the right singular vectors if rows ≥ cols, else
/// the left ones. Their signs, and the basis of an eigenspace of several dimensions, are arbitrary but the
/// same on every run. All M of them come from LAPACK in float64 (dsyevd), whatever the precision, and so do
/// those of the lapack backend; else they come from our own stages by inverse iteration, with ‖Gv − λv‖ of a
/// few n·ε·‖G‖ and vectors orthogonal to n·ε, ε that of the precision. Replicas and key of the problem are
/// not looked at. Throws what spectra() throws.
EigenPairs eigen(const Problem& problem, uint64_t tap, uint64_t top, const std::atomic<bool>& cancelled,
                 Team& team);

}  // namespace spectrap
