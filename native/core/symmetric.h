#pragma once

#include <cstdint>
#include <vector>

#include "simd/stages.h"
#include "team.h"

namespace spectrap {

/// All eigenvalues of a symmetric matrix (n × n, column-major, the lower triangle is read), ascending,
/// |Δλ| of a few n·ε·‖A‖, ε that of Real. Any finite entries: the matrix is scaled by a power of two first.
/// Throws NON_FINITE.
template <class Real>
std::vector<double> symmetric_eigenvalues(const simd::Stages& stages, const Real* matrix, uint64_t n,
                                          Team& team);

}  // namespace spectrap
