#pragma once

#include <cstdint>
#include <vector>

#include "simd/stages.h"
#include "team.h"

namespace spectrap {

/// All eigenvalues of a symmetric matrix (n × n, column-major, lower triangle), ascending.
template <class Real>
std::vector<double> symmetric_eigenvalues(const simd::Stages& stages, const Real* matrix, uint64_t n,
                                          Team& team);

}  // namespace spectrap
