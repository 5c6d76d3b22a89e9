#include "../core/chase.h"

#include <doctest/doctest.h>

#include <limits>

#include "../core/isa.h"
#include "../core/lapack_eigen.h"
#include "largest_difference.h"
#include "random_matrix.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

/// A symmetric band matrix as the stage takes it. The last element of each column is no number: nobody reads
/// it.
template <class Real>
struct Band {
  uint64_t n;
  uint64_t b;
  std::vector<Real> data;

  Band(uint64_t order, uint64_t bandwidth)
      : n(order), b(bandwidth), data(band_size(order, bandwidth), Real{0}) {
    for (uint64_t c = 0; c < n + 2 * b + 1; ++c) data[c * (2 * b + 1) + 2 * b] = not_a_number;
  }

  Real& at(uint64_t row, uint64_t col) { return data[col * (2 * b + 1) + row - col]; }

  /// element(row, col) for all of the band.
  template <class Element>
  static Band of(uint64_t order, uint64_t bandwidth, Element element) {
    Band band(order, bandwidth);
    for (uint64_t c = 0; c < order; ++c) {
      for (uint64_t r = c; r < order && r <= c + bandwidth; ++r)
        band.at(r, c) = static_cast<Real>(element(r, c));
    }
    return band;
  }

  /// Full, row-major.
  std::vector<double> full() const {
    std::vector<double> a(n * n, 0.0);
    for (uint64_t c = 0; c < n; ++c) {
      for (uint64_t k = 0; k <= b && c + k < n; ++k)
        a[c * n + c + k] = a[(c + k) * n + c] = data[c * (2 * b + 1) + k];
    }
    return a;
  }

  static constexpr Real not_a_number = std::numeric_limits<Real>::quiet_NaN();
};

/// Independent entries, norm about 1.
template <class Real>
Band<Real> random_band(uint64_t n, uint64_t b) {
  const std::vector<double> values = random_matrix<double>(n, b + 1, static_cast<unsigned>(n));
  const double scale = 1 / std::sqrt(8.0 * static_cast<double>(b));
  return Band<Real>::of(n, b, [&](uint64_t r, uint64_t c) { return scale * values[c * (b + 1) + r - c]; });
}

/// The stage's result, with the promise about what is past the matrix.
template <class Real>
Tridiagonal chase(const simd::Stages& stages, Band<Real> band) {
  const uint64_t n = band.n;
  const uint64_t b = band.b;
  Tridiagonal t{std::vector<double>(n), std::vector<double>(n == 0 ? 0 : n - 1)};
  band_to_tridiagonal(stages, n, b, band.data.data(), t.diagonal.data(), t.off_diagonal.data());
  bool zero = true;
  bool untouched = true;
  for (uint64_t c = 0; c < n + 2 * b + 1; ++c) {
    for (uint64_t k = c < n ? n - c : 0; k < 2 * b; ++k) zero &= band.data[c * (2 * b + 1) + k] == 0;
    untouched &= std::isnan(band.data[c * (2 * b + 1) + 2 * b]);
  }
  CHECK(zero);
  CHECK(untouched);
  return t;
}

/// In long double, like all sums here: many small terms would else be rounded the same way.
long double frobenius(const Tridiagonal& t) {
  long double sum = 0;
  for (const long double d : t.diagonal) sum += d * d;
  for (const long double e : t.off_diagonal) sum += 2 * e * e;
  return std::sqrt(sum);
}

/// Eigenvalues, trace and Frobenius norm of T against those of the band, within n·ε·‖B‖.
template <class Real>
void check_chase(const simd::Stages& stages, const Band<Real>& band) {
  CAPTURE(stages.name);
  CAPTURE(band.n);
  CAPTURE(band.b);
  std::vector<double> full = band.full();
  long double trace = 0;
  long double squares = 0;
  for (uint64_t i = 0; i < band.n; ++i) trace += full[i * band.n + i];
  for (const long double x : full) squares += x * x;
  const std::vector<double> expected = tridiagonal_eigenvalues(tridiagonalize(full.data(), band.n));
  double norm = 0;
  for (const double x : expected) norm = std::max(norm, std::abs(x));
  const double unit =
      static_cast<double>(std::numeric_limits<Real>::epsilon()) * static_cast<double>(band.n) * norm;

  const Tridiagonal t = chase(stages, band);
  for (const double d : t.diagonal) trace -= d;
  CHECK(std::abs(trace) <= unit);
  CHECK(std::abs(frobenius(t) - std::sqrt(squares)) <= unit);
  CHECK(largest_difference(tridiagonal_eigenvalues(t), expected) <= unit);
}

/// test(stages, Real{}, b) for every instance of the stage.
template <class Test>
void for_each_instance(Test test) {
  for (const simd::Stages* stages : available_stages()) {
    test(*stages, double{}, uint64_t{24});
    test(*stages, float{}, uint64_t{16});
    test(*stages, float{}, uint64_t{32});
  }
}

}  // namespace

TEST_CASE("chase keeps the eigenvalues of random bands of every order") {
  for_each_instance([](const simd::Stages& stages, auto real, uint64_t b) {
    for (uint64_t n = 0; n <= 3 * b + 2; ++n) check_chase(stages, random_band<decltype(real)>(n, b));
    for (const uint64_t n : {150, 257, 400}) check_chase(stages, random_band<decltype(real)>(n, b));
  });
}

TEST_CASE("chase of special bands") {
  for_each_instance([](const simd::Stages& stages, auto real, uint64_t b) {
    using Of = Band<decltype(real)>;
    const double scale = 1 / static_cast<double>(2 * b + 1);
    for (const uint64_t n : {b - 1, b, b + 1, 2 * b, uint64_t{150}}) {
      check_chase(stages, Of::of(n, b, [&](uint64_t, uint64_t) { return scale; }));
      // Graded from 1 down to 1e-30, and up again.
      const auto grade = [&](uint64_t i) {
        return std::pow(10.0, -30.0 * static_cast<double>(i) / static_cast<double>(n));
      };
      check_chase(stages, Of::of(n, b, [&](uint64_t r, uint64_t c) {
                    return scale * std::sqrt(grade(r) * grade(c));
                  }));
      check_chase(stages, Of::of(n, b, [&](uint64_t r, uint64_t c) {
                    return scale * grade(n - 1 - std::max(r, c));
                  }));
      // Rank 5: a corner of it, the rest zero.
      check_chase(stages, Of::of(n, b, [&](uint64_t r, uint64_t c) {
                    return r < 5 ? 1.0 / static_cast<double>(r + c + 1) : 0;
                  }));
      check_chase(stages, Of::of(n, b, [&](uint64_t r, uint64_t c) { return r == c + b ? 1.0 : 0; }));
      // Every other row and column zero.
      check_chase(stages,
                  Of::of(n, b, [&](uint64_t r, uint64_t c) { return r % 2 == 0 && c % 2 == 0 ? scale : 0; }));
      // One large entry among small ones.
      check_chase(stages, Of::of(n, b, [&](uint64_t r, uint64_t c) {
                    return r == n / 2 && c == n / 2 ? 1.0 : 1e-6;
                  }));
    }
  });
}

TEST_CASE("chase returns a tridiagonal matrix as it is") {
  for_each_instance([](const simd::Stages& stages, auto real, uint64_t b) {
    using Real = decltype(real);
    const uint64_t n = 3 * b + 5;
    const std::vector<Real> values = random_matrix<Real>(2, n, 3);
    for (const bool zero : {true, false}) {
      for (const bool diagonal : {true, false}) {
        Band<Real> band(n, b);
        Tridiagonal expected{std::vector<double>(n), std::vector<double>(n - 1)};
        for (uint64_t i = 0; i < n; ++i) {
          expected.diagonal[i] = band.at(i, i) = zero ? Real{0} : diagonal ? Real{1} : values[i];
          if (i + 1 < n)
            expected.off_diagonal[i] = band.at(i + 1, i) = zero || diagonal ? Real{0} : values[n + i];
        }
        const Tridiagonal t = chase(stages, band);
        CHECK(t.diagonal == expected.diagonal);
        CHECK(t.off_diagonal == expected.off_diagonal);
      }
    }
  });
}

TEST_CASE("chase of entries whose squares underflow") {
  for_each_instance([](const simd::Stages& stages, auto real, uint64_t b) {
    using Real = decltype(real);
    const uint64_t n = 3 * b;
    const int underflow = std::numeric_limits<Real>::min_exponent / 2;
    for (int exponent = underflow - 40; exponent <= underflow + 40; exponent += 2) {
      CAPTURE(exponent);
      Band<Real> band = random_band<Real>(n, b);
      for (uint64_t c = 0; c < n; ++c) {
        for (uint64_t r = c + 1; r < n && r <= c + b; ++r)
          band.at(r, c) = std::ldexp(band.at(r, c), exponent);
      }
      check_chase(stages, band);
    }
  });
}
