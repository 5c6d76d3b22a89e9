#include "lapack_eigen.h"

#include <string>
#include <utility>

#include "blas.h"
#include "buffer.h"
#include "error.h"

namespace spectrap {
namespace {

/// LAPACK blocks the reduction by 32 columns; twice that leaves it the choice.
constexpr uint64_t work_columns = 64;

}  // namespace

template <class Real>
uint64_t tridiagonalize_scratch_bytes(uint64_t n) {
  return Buffer<Real>::bytes(n * work_columns) + 3 * Buffer<Real>::bytes(n);
}

template <class Real>
Tridiagonal tridiagonalize(Real* g, uint64_t n) {
  if (n == 0) return {};
  Buffer<Real> d(n);
  Buffer<Real> e(n);
  Buffer<Real> tau(n);
  Buffer<Real> work(n * work_columns);
  Blas::get().sytrd(static_cast<int>(n), g, d.data(), e.data(), tau.data(), work.data(),
                    static_cast<int>(n * work_columns));
  return {{d.data(), d.data() + n}, {e.data(), e.data() + (n - 1)}};
}

std::vector<double> tridiagonal_eigenvalues(Tridiagonal t) {
  if (t.diagonal.empty()) return {};
  t.off_diagonal.resize(t.diagonal.size());  // never a null pointer for n = 1
  const int n = static_cast<int>(t.diagonal.size());
  const int info = Blas::get().sterf(n, t.diagonal.data(), t.off_diagonal.data());
  if (info != 0) {
    throw Error("NO_CONVERGENCE", std::to_string(info) + " eigenvalues of " + std::to_string(n) +
                                      " did not converge in 30 iterations each");
  }
  return std::move(t.diagonal);
}

template uint64_t tridiagonalize_scratch_bytes<double>(uint64_t);
template uint64_t tridiagonalize_scratch_bytes<float>(uint64_t);
template Tridiagonal tridiagonalize<double>(double*, uint64_t);
template Tridiagonal tridiagonalize<float>(float*, uint64_t);

}  // namespace spectrap
