#pragma once

#include <cstdint>

#include "simd/stages.h"
#include "team.h"

namespace spectrap {

/// Scratch of sturm_eigenvalues(), in doubles.
uint64_t tridiagonal_eigenvalues_scratch(uint64_t n);

/// All eigenvalues of the symmetric tridiagonal matrix T with `diagonal` (n entries) and `off_diagonal` (n −
/// 1), all finite, ascending into `values` (n): |Δλ| ≤ 2ε‖T‖₁, whatever n. Sturm counts at many shifts at
/// once isolate every eigenvalue or cluster of them, then a bracketing root finder runs for many at once: ten
/// evaluations of the characteristic polynomial (n steps) for each eigenvalue where they are spread, 26 where
/// all pair up closer than they can be told apart. `scratch` is tridiagonal_eigenvalues_scratch(n) doubles;
/// nothing may overlap. The same bits for the same `stages`, whatever the team.
void sturm_eigenvalues(const simd::Stages& stages, uint64_t n, const double* diagonal,
                       const double* off_diagonal, double* values, double* scratch, Team& team);

}  // namespace spectrap
