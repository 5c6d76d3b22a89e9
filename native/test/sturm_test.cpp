#include "../core/sturm.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "../core/isa.h"
#include "../core/lapack_eigen.h"
#include "largest_difference.h"
#include "random_matrix.h"
#include "test_teams.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double smallest = std::numeric_limits<double>::denorm_min();

std::vector<double> eigenvalues(const simd::Stages& stages, const Tridiagonal& t, Team& team) {
  const uint64_t n = t.diagonal.size();
  std::vector<double> values(n, std::nan(""));
  std::vector<double> scratch(tridiagonal_eigenvalues_scratch(n), std::nan(""));
  sturm_eigenvalues(stages, n, t.diagonal.data(), t.off_diagonal.data(), values.data(), scratch.data(), team);
  return values;
}

std::vector<double> eigenvalues(const simd::Stages& stages, const Tridiagonal& t) {
  TeamOfOne team;
  return eigenvalues(stages, t, team);
}

/// A matrix whose entries are given by functions of the index.
template <class Diagonal, class OffDiagonal>
Tridiagonal tridiagonal(uint64_t n, Diagonal diagonal, OffDiagonal off_diagonal) {
  Tridiagonal t;
  for (uint64_t i = 0; i < n; ++i) t.diagonal.push_back(diagonal(static_cast<double>(i)));
  for (uint64_t i = 0; i + 1 < n; ++i) t.off_diagonal.push_back(off_diagonal(static_cast<double>(i)));
  return t;
}

Tridiagonal random_tridiagonal(uint64_t n, unsigned seed) {
  return {random_matrix<double>(1, n, seed), random_matrix<double>(1, n == 0 ? 0 : n - 1, seed + 1)};
}

Tridiagonal scaled(Tridiagonal t, double factor) {
  for (double& d : t.diagonal) d *= factor;
  for (double& e : t.off_diagonal) e *= factor;
  return t;
}

Tridiagonal wilkinson(uint64_t n) {
  const double middle = (static_cast<double>(n) - 1) / 2;
  return tridiagonal(
      n, [=](double i) { return std::abs(i - middle); }, [](double) { return 1.0; });
}

/// Clement's matrix, named after Kac too: eigenvalues n − 1, n − 3, …, 1 − n.
Tridiagonal clement(uint64_t n) {
  const double last = static_cast<double>(n) - 1;
  return tridiagonal(
      n, [](double) { return 0.0; }, [=](double i) { return std::sqrt((i + 1) * (last - i)); });
}

struct Family {
  std::string name;
  Tridiagonal matrix;
};

std::vector<Family> families(uint64_t n) {
  const double size = static_cast<double>(n);
  const auto none = [](double) { return 0.0; };
  const auto one = [](double) { return 1.0; };
  return {
      {"random", random_tridiagonal(n, 1)},
      {"random, 1e150", scaled(random_tridiagonal(n, 3), 1e150)},
      {"random, 1e-150", scaled(random_tridiagonal(n, 5), 1e-150)},
      {"random, near overflow", scaled(random_tridiagonal(n, 7), 1e307)},
      {"random, near underflow", scaled(random_tridiagonal(n, 9), 1e-300)},
      {"second difference", tridiagonal(
                                n, [](double) { return 2.0; }, [](double) { return -1.0; })},
      {"negative definite", tridiagonal(
                                n, [](double i) { return -3 - i; }, one)},
      {"Wilkinson", wilkinson(n)},
      {"glued Wilkinson", tridiagonal(
                              n, [](double i) { return std::abs(std::fmod(i, 21) - 10); },
                              [](double i) { return std::fmod(i, 21) == 20 ? 1e-14 : 1; })},
      {"Clement", clement(n)},
      {"zero", tridiagonal(n, none, none)},
      {"zero diagonal", tridiagonal(n, none, one)},
      {"diagonal, disordered", tridiagonal(
                                   n, [](double i) { return std::fmod(7 * i, 13) - 4; }, none)},
      {"diagonal but for one",
       tridiagonal(n, none, [=](double i) { return i == std::floor(size / 2) ? 1 : 0; })},
      {"blocks of two", tridiagonal(n, one, [](double i) { return std::fmod(i, 2); })},
      {"norm just below a power of two", tridiagonal(
                                             n, [](double) { return std::nextafter(0.75, 0.0); },
                                             [](double i) { return std::fmod(i, 2) == 0 ? 0.25 : 0.0; })},
      {"all equal", tridiagonal(
                        n, [](double) { return -0.3; }, none)},
      {"all but equal", tridiagonal(
                            n, [](double i) { return 1 + i * 1e-16; }, [](double) { return 1e-15; })},
      {"pairs", tridiagonal(
                    n, [](double i) { return std::floor(i / 2); }, [](double) { return 1e-13; })},
      {"three clusters", tridiagonal(
                             n, [](double i) { return std::fmod(i, 3); }, [](double) { return 1e-9; })},
      {"graded", tridiagonal(
                     n, [=](double i) { return std::pow(10, -30 * i / size); },
                     [=](double i) { return 0.1 * std::pow(10, -30 * i / size); })},
      {"graded upwards", tridiagonal(
                             n, [=](double i) { return std::pow(10, 30 * i / size - 30); },
                             [=](double i) { return std::pow(10, 30 * i / size - 31); })},
      {"powers of two",
       tridiagonal(
           n, [](double i) { return std::ldexp(1, -40 * static_cast<int>(std::fmod(i, 4))); },
           [](double i) { return std::ldexp(1, -20 * static_cast<int>(std::fmod(i, 4))); })},
      {"spike", tridiagonal(
                    n, [=](double i) { return i == size - 1 ? 1e6 : std::cos(i); }, one)},
  };
}

/// Gershgorin's bound of ‖T‖.
double norm(const Tridiagonal& t) {
  double largest = 0;
  for (uint64_t i = 0; i < t.diagonal.size(); ++i) {
    const double before = i == 0 ? 0 : std::abs(t.off_diagonal[i - 1]);
    const double after = i < t.off_diagonal.size() ? std::abs(t.off_diagonal[i]) : 0;
    largest = std::max(largest, std::abs(t.diagonal[i]) + before + after);
  }
  return largest;
}

/// Eigenvalues below x: the negative pivots of T − x (Sylvester's law of inertia), with more digits than
/// double where the machine has them.
uint64_t count_below(const Tridiagonal& t, long double x) {
  uint64_t count = 0;
  long double pivot = 1;
  for (uint64_t i = 0; i < t.diagonal.size(); ++i) {
    const long double e = i == 0 ? 0 : t.off_diagonal[i - 1];
    pivot = t.diagonal[i] - x - e * (e / pivot);
    if (pivot == 0) pivot = std::numeric_limits<long double>::min();
    if (pivot < 0) ++count;
  }
  return count;
}

/// Whether every value is within `error` of the eigenvalue with its index.
bool all_within(const Tridiagonal& t, const std::vector<double>& values, double error) {
  for (uint64_t k = 0; k < values.size(); ++k) {
    if (count_below(t, static_cast<long double>(values[k]) - error) > k) return false;
    if (count_below(t, static_cast<long double>(values[k]) + error) <= k) return false;
  }
  return true;
}

/// Orders around the numbers of shifts that are evaluated at once, and around the steps between rescalings.
constexpr uint64_t orders[] = {0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 23, 24, 25, 47, 48, 49, 97, 220};

}  // namespace

TEST_CASE("Sturm eigenvalues have their index by counting on both sides of each") {
  for (const simd::Stages* stages : available_stages()) {
    for (const uint64_t n : orders) {
      for (const Family& family : families(n)) {
        CAPTURE(stages->name);
        CAPTURE(n);
        CAPTURE(family.name);
        const std::vector<double> values = eigenvalues(*stages, family.matrix);
        CHECK(std::is_sorted(values.begin(), values.end()));
        CHECK(all_within(family.matrix, values, std::max(2 * epsilon * norm(family.matrix), smallest)));
      }
    }
  }
}

TEST_CASE("Sturm eigenvalues agree with LAPACK's") {
  for (const simd::Stages* stages : available_stages()) {
    for (const uint64_t n : orders) {
      for (const Family& family : families(n)) {
        CAPTURE(stages->name);
        CAPTURE(n);
        CAPTURE(family.name);
        // dsterf errs by about √n ε‖T‖.
        const double unit = epsilon * norm(family.matrix) * std::sqrt(static_cast<double>(n));
        CHECK(largest_difference(eigenvalues(*stages, family.matrix),
                                 tridiagonal_eigenvalues(family.matrix)) <= 4 * unit);
      }
    }
  }
}

TEST_CASE("Sturm eigenvalues of matrices with a closed form") {
  const uint64_t n = 301;
  const double size = n;
  std::vector<double> chain;
  std::vector<double> integers;
  for (double k = 0; k < size; ++k) {
    chain.push_back(2 - 2 * std::cos((k + 1) * std::numbers::pi / (size + 1)));
    integers.push_back(2 * k - (size - 1));
  }
  const Tridiagonal difference = tridiagonal(
      n, [](double) { return 2.0; }, [](double) { return -1.0; });
  for (const simd::Stages* stages : available_stages()) {
    CAPTURE(stages->name);
    CHECK(largest_difference(eigenvalues(*stages, difference), chain) < 4 * epsilon * 4);
    CHECK(largest_difference(eigenvalues(*stages, clement(n)), integers) < 4 * epsilon * size);

    // Wilkinson's W21+: the two largest agree to fourteen digits (The Algebraic Eigenvalue Problem, chapter
    // 5, 45).
    const std::vector<double> pairs = eigenvalues(*stages, wilkinson(21));
    CHECK(std::abs(pairs[20] - 10.746194182903393) < 4 * epsilon * 12);
    CHECK(std::abs(pairs[19] - 10.746194182903322) < 4 * epsilon * 12);
    CHECK(std::abs(pairs[0] + 1.1254415221199847) < 4 * epsilon * 12);
  }
}

TEST_CASE("Sturm eigenvalues keep trace and Frobenius norm") {
  const Tridiagonal t = random_tridiagonal(700, 11);
  long double trace = 0;
  long double squares = 0;
  for (const double d : t.diagonal) trace += d, squares += d * static_cast<long double>(d);
  for (const double e : t.off_diagonal) squares += 2 * e * static_cast<long double>(e);
  for (const simd::Stages* stages : available_stages()) {
    CAPTURE(stages->name);
    long double sum = 0;
    long double sum_of_squares = 0;
    for (const double value : eigenvalues(*stages, t)) {
      sum += value;
      sum_of_squares += value * static_cast<long double>(value);
    }
    const double unit = epsilon * static_cast<double>(t.diagonal.size()) * norm(t);
    CHECK(std::abs(static_cast<double>(sum - trace)) < unit);
    CHECK(std::abs(static_cast<double>(sum_of_squares - squares)) < 2 * unit * norm(t));
  }
}

TEST_CASE("Sturm eigenvalues are exact for multiples of the identity, and scale exactly by powers of two") {
  for (const simd::Stages* stages : available_stages()) {
    CAPTURE(stages->name);
    CHECK(eigenvalues(*stages, {{0.1}, {}}) == std::vector<double>{0.1});
    CHECK(eigenvalues(*stages, {{-1e-310, -1e-310}, {0.0}}) == std::vector<double>(2, -1e-310));
    CHECK(eigenvalues(*stages, tridiagonal(
                                   60, [](double) { return 0.7; }, [](double) { return 0.0; })) ==
          std::vector<double>(60, 0.7));
    const Tridiagonal t = random_tridiagonal(60, 13);
    std::vector<double> expected = eigenvalues(*stages, t);
    for (double& value : expected) value = std::ldexp(value, -700);
    CHECK(eigenvalues(*stages, scaled(t, std::ldexp(1, -700))) == expected);
  }
}

TEST_CASE("Sturm eigenvalues have the same bits whoever runs the tasks") {
  for (const simd::Stages* stages : available_stages()) {
    CAPTURE(stages->name);
    for (const Tridiagonal& t : {random_tridiagonal(2500, 15), wilkinson(2300)}) {
      const std::vector<double> expected = eigenvalues(*stages, t);
      ReversedTeam reversed;
      CHECK(eigenvalues(*stages, t, reversed) == expected);
      CHECK(reversed.most_tasks > 1);
      TeamOfTwo two;
      CHECK(eigenvalues(*stages, t, two) == expected);
    }
  }
}
