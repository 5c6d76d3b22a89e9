#include "../core/localisation.h"

#include <doctest/doctest.h>

#include <cmath>

#include "../core/eigenvectors.h"
#include "error_code.h"
#include "random_matrix.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

const std::atomic<bool> not_cancelled{false};

Localisation of(const std::vector<double>& v) { return localisation(v.data(), v.size()); }

Problem problem_of(const std::vector<double>& w, uint64_t rows, uint64_t cols, uint64_t taps = 1) {
  Problem problem;
  problem.matrix = memory_matrix(w, rows, cols, taps);
  return problem;
}

}  // namespace

TEST_CASE("a single component: ratio 1, participation 1, two bins") {
  std::vector<double> v(50, 0.0);
  v[17] = -1;
  const Localisation found = of(v);
  CHECK(found.loc_ratio == 1);
  CHECK(found.ipr == 1);
  const double p = 1.0 / 50;
  CHECK(found.entropy == doctest::Approx(-p * std::log(p) - (1 - p) * std::log(1 - p)).epsilon(1e-6));
}

TEST_CASE("equal magnitudes: ratio n, participation 1/n, one bin") {
  for (const uint64_t n : {1, 2, 64}) {
    std::vector<double> v(n, 0.25);
    if (n > 1) v[1] = -0.25;
    const Localisation found = of(v);
    CHECK(found.loc_ratio == static_cast<double>(n));
    CHECK(found.ipr == 1 / static_cast<double>(n));
    CHECK(found.entropy == doctest::Approx(0).epsilon(1e-8));
  }
}

TEST_CASE("magnitudes that fill every bin alike have the entropy ln 100") {
  std::vector<double> v;
  for (int k = 0; k < 100; ++k) v.insert(v.end(), {(k + 0.25) / 100, -(k + 0.75) / 100});
  CHECK(of(v).entropy == doctest::Approx(std::log(100.0)).epsilon(1e-12));
}

TEST_CASE("neither sign nor length matters, the latter up to the 1e-10 of the entropy") {
  std::vector<double> v = random_matrix<double>(1, 300, 1);
  const Localisation found = of(v);
  for (double& x : v) x = -x;
  CHECK(of(v).entropy == found.entropy);
  for (double& x : v) x *= 1024;
  const Localisation scaled = of(v);
  CHECK(scaled.loc_ratio == found.loc_ratio);
  CHECK(scaled.ipr == found.ipr);
  CHECK(scaled.entropy == doctest::Approx(found.entropy).epsilon(1e-5));
}

TEST_CASE("of a tap: the vectors eigen() gives, all or the largest") {
  const uint64_t rows = 50;
  const uint64_t cols = 30;
  const std::vector<double> w = random_matrix<double>(2 * rows, cols, 5);
  const Problem both = problem_of(w, rows, cols, 2);
  const Problem second = problem_of({w.begin() + rows * cols, w.end()}, rows, cols);
  TeamOfOne team;
  for (const uint64_t top : {uint64_t{0}, uint64_t{4}, cols}) {
    const EigenPairs pairs = eigen(second, 0, top, not_cancelled, team);
    const auto found = eigenvector_localisation(both, 1, top, not_cancelled, team);
    CHECK(found.values == pairs.values);
    REQUIRE(found.vectors.size() == top);
    for (uint64_t i = 0; i < top; ++i) {
      CHECK(found.vectors[i].ipr == localisation(pairs.vectors.data() + i * cols, cols).ipr);
    }
    CHECK(eigenvector_localisation_bytes(both, top) == eigen_bytes(both, top) + 8 * top * cols);
  }
}

TEST_CASE("of a square matrix the left singular vectors") {
  const uint64_t n = 48;
  std::vector<double> w(n * n, 0.0);
  for (uint64_t c = 0; c < n; ++c) w[7 * n + c] = 1;  // the left one is e₇, the right one constant
  TeamOfOne team;
  for (const uint64_t top : {uint64_t{1}, n}) {
    const auto found = eigenvector_localisation(problem_of(w, n, n), 0, top, not_cancelled, team);
    CHECK(found.values.back() == doctest::Approx(n));
    CHECK(found.vectors.back().ipr == doctest::Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("the eigenvectors of a diagonal matrix are single components") {
  std::vector<double> w(40 * 40, 0.0);
  for (uint64_t i = 0; i < 40; ++i) w[i * 41] = 1 + static_cast<double>((i * 7) % 40);
  TeamOfOne team;
  const auto found = eigenvector_localisation(problem_of(w, 40, 40), 0, 40, not_cancelled, team);
  for (const Localisation& vector : found.vectors) CHECK(vector.ipr == doctest::Approx(1).epsilon(1e-12));
}
