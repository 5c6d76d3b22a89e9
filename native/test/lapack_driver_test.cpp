#include "../core/lapack_driver.h"

#include <doctest/doctest.h>

#include <limits>

#include "../core/blas.h"
#include "error_code.h"
#include "random_matrix.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

template <class Real>
void check_against_jacobi(LapackDriver driver, uint64_t n) {
  const std::vector<double> g = naive_gram(random_matrix<float>(2 * n, n, 7), 2 * n, n);
  const std::vector<double> expected = jacobi_eigenvalues(g, n);
  std::vector<Real> a(g.begin(), g.end());
  const std::vector<double> found = lapack_eigenvalues(driver, a.data(), n);
  REQUIRE(found.size() == n);
  const double unit = static_cast<double>(std::numeric_limits<Real>::epsilon()) * static_cast<double>(n);
  for (uint64_t i = 0; i < n; ++i) CHECK(std::abs(found[i] - expected[i]) < 4 * unit * expected.back());
}

}  // namespace

TEST_CASE("drivers of LAPACK agree with Jacobi rotations, in both precisions") {
  for (const char* name : {"syevd", "syevr", "syevd_2stage", "gesdd"}) {
    CAPTURE(name);
    if (Blas::get().symbol(std::string("d").append(name).append("_")) == nullptr) continue;
    for (const uint64_t n : {1, 2, 33, 100}) {
      CAPTURE(n);
      check_against_jacobi<double>(lapack_driver(name), n);
      check_against_jacobi<float>(lapack_driver(name), n);
    }
    CHECK(lapack_eigenvalues<double>(lapack_driver(name), nullptr, 0).empty());
  }
}

TEST_CASE("every library at hand has the oldest drivers, and none has one that does not exist") {
  CHECK(Blas::get().symbol("dsyevd_") != nullptr);
  CHECK(Blas::get().symbol("dnothing_") == nullptr);
}

TEST_CASE("an unknown driver is refused by name") {
  CHECK(error_code([] { lapack_driver("syev_3stage"); }) == "CONTENDER_UNKNOWN");
}
