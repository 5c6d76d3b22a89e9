#include "symmetric.h"

#include <algorithm>

#include "buffer.h"
#include "eigen.h"

namespace spectrap {

// TEMPORARY: the LAPACK path, until the own stages are joined here.
template <class Real>
std::vector<double> symmetric_eigenvalues(const simd::Stages&, const Real* matrix, uint64_t n, Team&) {
  Buffer<Real> copy(n * n);
  std::copy(matrix, matrix + n * n, copy.data());
  return tridiagonal_eigenvalues(tridiagonalize(copy.data(), n));
}

template std::vector<double> symmetric_eigenvalues(const simd::Stages&, const double*, uint64_t, Team&);
template std::vector<double> symmetric_eigenvalues(const simd::Stages&, const float*, uint64_t, Team&);

}  // namespace spectrap
