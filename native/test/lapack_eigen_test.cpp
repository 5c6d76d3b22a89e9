#include "../core/lapack_eigen.h"

#include <doctest/doctest.h>

#include <limits>
#include <numbers>

#include "largest_difference.h"
#include "random_matrix.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

template <class Real>
std::vector<double> eigenvalues(const std::vector<double>& symmetric, uint64_t n) {
  std::vector<Real> g(symmetric.begin(), symmetric.end());
  return tridiagonal_eigenvalues(tridiagonalize(g.data(), n));
}

}  // namespace

TEST_CASE("eigenvalues agree with Jacobi rotations") {
  for (const uint64_t n : {0, 1, 2, 3, 31, 32, 33, 64, 65, 120}) {
    CAPTURE(n);
    const std::vector<double> g = naive_gram(random_matrix<float>(2 * n, n, 5), 2 * n, n);
    const std::vector<double> expected = jacobi_eigenvalues(g, n);
    const double norm = n == 0 ? 1 : expected.back();
    // A backward stable solver errs by a small multiple of n·ε·‖G‖; so do the rotations.
    const double unit = 4 * std::max<double>(static_cast<double>(n), 1) * norm;
    CHECK(largest_difference(eigenvalues<double>(g, n), expected) <
          std::numeric_limits<double>::epsilon() * unit);
    // float32: the input itself is rounded once, and the reduction adds a few ε more.
    CHECK(largest_difference(eigenvalues<float>(g, n), expected) <
          static_cast<double>(std::numeric_limits<float>::epsilon()) * unit);
  }
}

TEST_CASE("eigenvalues of the second difference matrix are 2 − 2 cos(kπ/(n+1))") {
  const uint64_t n = 200;
  Tridiagonal t{std::vector<double>(n, 2.0), std::vector<double>(n - 1, -1.0)};
  std::vector<double> expected(n);
  for (uint64_t k = 0; k < n; ++k) {
    expected[k] = 2 - 2 * std::cos(static_cast<double>(k + 1) * std::numbers::pi / (n + 1));
  }
  CHECK(largest_difference(tridiagonal_eigenvalues(t), expected) < 4 * n * 2.2e-16);
}

TEST_CASE("zero, identity and rank one") {
  const uint64_t n = 50;
  const std::vector<double> zero(n * n, 0.0);
  CHECK(eigenvalues<double>(zero, n) == std::vector<double>(n, 0.0));
  std::vector<double> identity = zero;
  for (uint64_t i = 0; i < n; ++i) identity[i * n + i] = 1;
  CHECK(eigenvalues<double>(identity, n) == std::vector<double>(n, 1.0));
  const std::vector<double> values = eigenvalues<double>(std::vector<double>(n * n, 1.0), n);
  CHECK(std::abs(values.back() - n) < n * 2.3e-16 * n);
  CHECK(std::abs(values[n - 2]) < n * 2.3e-16 * n);
}
