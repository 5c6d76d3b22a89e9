#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace spectrap {

/// The drivers of LAPACK that give all eigenvalues of a symmetric matrix, as contenders in benchmarks.
enum class LapackDriver {
  syevd,         ///< one-stage reduction, then QL/QR (values only: the same as syev)
  syevr,         ///< one-stage reduction, then dqds or QL/QR
  syevd_2stage,  ///< reduction through a band, then QL/QR; in LAPACK since 3.7, not in every library
  gesdd,         ///< singular values: of a symmetric matrix the magnitudes of its eigenvalues
};

/// "syevd", "syevr", "syevd_2stage" or "gesdd". Throws CONTENDER_UNKNOWN.
LapackDriver lapack_driver(const std::string& name);

/// All eigenvalues (gesdd: singular values), ascending, of the symmetric matrix `a` (n × n, column-major,
/// full, destroyed), by the library of blas.h on one thread. Work space is allocated inside, as every caller
/// must. Throws BLAS_NOT_FOUND, CONTENDER_NOT_AVAILABLE if the library lacks the driver, NO_CONVERGENCE.
template <class Real>
std::vector<double> lapack_eigenvalues(LapackDriver driver, Real* a, uint64_t n);

}  // namespace spectrap
