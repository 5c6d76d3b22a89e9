#include "lapack_driver.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>

#include "blas.h"
#include "error.h"

namespace spectrap {
namespace {

// Prototypes of the Fortran symbols; the trailing sizes are the hidden lengths of the character arguments.
template <class Real>
using Syevd = void (*)(const char* jobz, const char* uplo, const int* n, Real* a, const int* lda, Real* w,
                       Real* work, const int* lwork, int* iwork, const int* liwork, int* info, size_t,
                       size_t);
template <class Real>
using Syevr = void (*)(const char* jobz, const char* range, const char* uplo, const int* n, Real* a,
                       const int* lda, const Real* vl, const Real* vu, const int* il, const int* iu,
                       const Real* abstol, int* m, Real* w, Real* z, const int* ldz, int* isuppz, Real* work,
                       const int* lwork, int* iwork, const int* liwork, int* info, size_t, size_t, size_t);
template <class Real>
using Gesdd = void (*)(const char* jobz, const int* m, const int* n, Real* a, const int* lda, Real* s,
                       Real* u, const int* ldu, Real* vt, const int* ldvt, Real* work, const int* lwork,
                       int* iwork, int* info, size_t);

struct Named {
  const char* name;
  LapackDriver driver;
};
constexpr Named drivers[] = {{"syevd", LapackDriver::syevd},
                             {"syevr", LapackDriver::syevr},
                             {"syevd_2stage", LapackDriver::syevd_2stage},
                             {"gesdd", LapackDriver::gesdd}};

std::string routine(LapackDriver driver, bool wide) {
  for (const Named& named : drivers) {
    if (named.driver == driver) return (wide ? "d" : "s") + std::string(named.name);
  }
  return "";
}

/// The answer to a query of the work space, which in float32 may have been rounded down.
template <class Real>
int work_size(Real answer) {
  return static_cast<int>(std::ceil(answer * (1 + std::numeric_limits<Real>::epsilon())));
}

/// One call of a driver: `work` and `iwork` of length 1 and lwork = liwork = −1 ask for their sizes.
template <class Real>
int call(LapackDriver driver, void* symbol, int n, Real* a, Real* values, std::vector<Real>& work, int lwork,
         std::vector<int>& iwork, int liwork) {
  const int one = 1;
  int info = 0;
  switch (driver) {
    case LapackDriver::syevd:
    case LapackDriver::syevd_2stage:
      reinterpret_cast<Syevd<Real>>(symbol)("N", "L", &n, a, &n, values, work.data(), &lwork, iwork.data(),
                                            &liwork, &info, 1, 1);
      break;
    case LapackDriver::syevr: {
      const Real unused = 0;
      int found = 0;
      Real vectors = 0;
      std::vector<int> support(2 * static_cast<size_t>(n));
      reinterpret_cast<Syevr<Real>>(symbol)("N", "A", "L", &n, a, &n, &unused, &unused, &one, &n, &unused,
                                            &found, values, &vectors, &one, support.data(), work.data(),
                                            &lwork, iwork.data(), &liwork, &info, 1, 1, 1);
      break;
    }
    case LapackDriver::gesdd: {
      Real vectors = 0;
      if (liwork < 0) iwork[0] = 8 * n;
      reinterpret_cast<Gesdd<Real>>(symbol)("N", &n, &n, a, &n, values, &vectors, &one, &vectors, &one,
                                            work.data(), &lwork, iwork.data(), &info, 1);
      break;
    }
  }
  return info;
}

}  // namespace

LapackDriver lapack_driver(const std::string& name) {
  for (const Named& named : drivers) {
    if (name == named.name) return named.driver;
  }
  throw Error("CONTENDER_UNKNOWN", "there is no LAPACK driver " + name);
}

template <class Real>
std::vector<double> lapack_eigenvalues(LapackDriver driver, Real* a, uint64_t n) {
  const Blas& blas = Blas::get();
  const std::string name = routine(driver, std::is_same_v<Real, double>);
  void* symbol = blas.symbol(name + "_");
  if (symbol == nullptr) {
    throw Error("CONTENDER_NOT_AVAILABLE", blas.info().library + " has no " + name);
  }
  if (n == 0) return {};
  blas.use_one_thread();
  const int order = static_cast<int>(n);
  std::vector<Real> values(n);
  std::vector<Real> work(1);
  std::vector<int> iwork(8 * n);  // gesdd tells no size
  int info = call(driver, symbol, order, a, values.data(), work, -1, iwork, -1);
  if (info == 0) {
    const int lwork = work_size(work[0]);
    const int liwork = std::max(iwork[0], 1);
    work.resize(static_cast<size_t>(lwork));
    iwork.resize(static_cast<size_t>(liwork));
    info = call(driver, symbol, order, a, values.data(), work, lwork, iwork, liwork);
  }
  if (info < 0) throw Error("LAPACK_FAILED", name + " refused argument " + std::to_string(-info));
  if (info > 0) throw Error("NO_CONVERGENCE", name + " did not converge: info " + std::to_string(info));
  if (driver == LapackDriver::gesdd) std::reverse(values.begin(), values.end());
  return {values.begin(), values.end()};
}

template std::vector<double> lapack_eigenvalues(LapackDriver, double*, uint64_t);
template std::vector<double> lapack_eigenvalues(LapackDriver, float*, uint64_t);

}  // namespace spectrap
