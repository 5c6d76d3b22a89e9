#pragma once

#include <cstdint>

#include "simd/stages.h"
#include "team.h"

namespace spectrap {

/// Scratch of sturm_eigenvalues(), in doubles.
uint64_t tridiagonal_eigenvalues_scratch(uint64_t n);

/// All eigenvalues of the symmetric tridiagonal matrix T with `diagonal` (n entries) and `off_diagonal` (n −
/// 1), all finite, ascending into `values` (n), |Δλ| of a few ε‖T‖. Sturm counts at many shifts at once
/// isolate every eigenvalue or cluster, a bracketing root finder for many at once ends it: 9 n² steps of the
/// recurrence where eigenvalues are spread, 26 n² at worst where they pair up. The same bits for the same
/// stages, whatever the team. `scratch` is tridiagonal_eigenvalues_scratch(n) doubles; nothing may overlap.
void sturm_eigenvalues(const simd::Stages& stages, uint64_t n, const double* diagonal,
                       const double* off_diagonal, double* values, double* scratch, Team& team);

}  // namespace spectrap
