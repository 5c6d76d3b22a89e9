#include "sturm.h"

namespace spectrap {

uint64_t tridiagonal_eigenvalues_scratch(uint64_t n) {
  // The scaled matrix (2 n), an interval for each eigenvalue (8), and a point for each in one round of cuts
  // (4), filled up to a batch.
  constexpr uint64_t largest_batch = 64;
  return 14 * n + 4 * largest_batch;
}

void sturm_eigenvalues(const simd::Stages& stages, uint64_t n, const double* diagonal,
                       const double* off_diagonal, double* values, double* scratch, Team& team) {
  stages.tridiagonal_eigenvalues(n, diagonal, off_diagonal, values, scratch, team);
}

}  // namespace spectrap
