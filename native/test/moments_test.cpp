#include "../core/moments.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "random_matrix.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

template <class Real>
MomentSums moments_of(const std::vector<Real>& values, uint64_t rows, uint64_t cols, uint64_t row_block) {
  Moments moments;
  for (uint64_t row = 0; row < rows; row += row_block) {
    moments.add(values.data() + row * cols, row, std::min(row_block, rows - row), 0, cols, cols);
  }
  return moments.result();
}

/// Σ(w − shift)^k in long double.
template <class Real>
long double power_sum(const std::vector<Real>& values, long double shift, int k) {
  long double sum = 0;
  for (const Real w : values) {
    long double term = 1;
    for (int i = 0; i < k; ++i) term *= static_cast<long double>(w) - shift;
    sum += term;
  }
  return sum;
}

/// Relative to Σ|w − shift|^k, the condition of the sum.
template <class Real>
void check_sums(const std::vector<Real>& values, const MomentSums& moments, double tolerance) {
  const auto shift = static_cast<long double>(moments.shift);
  for (int k = 1; k <= 4; ++k) {
    CAPTURE(k);
    long double size = 0;
    for (const Real w : values) size += std::pow(std::abs(static_cast<long double>(w) - shift), k);
    const long double error = moments.sums[static_cast<size_t>(k - 1)] - power_sum(values, shift, k);
    CHECK(static_cast<double>(std::abs(error) / size) < tolerance);
  }
  const long double squares = power_sum(values, 0, 2);
  CHECK(static_cast<double>(std::abs(moments.sum_squares - squares) / squares) < tolerance);
}

/// All entries sorted as the definition says.
template <class Real>
std::vector<Extreme> sorted_entries(const std::vector<Real>& values, double sign) {
  std::vector<Extreme> all;
  for (uint64_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) all.push_back({static_cast<double>(values[i]), i});
  }
  std::stable_sort(all.begin(), all.end(),
                   [=](const Extreme& a, const Extreme& b) { return sign * a.value > sign * b.value; });
  if (all.size() > extreme_count) all.resize(extreme_count);
  return all;
}

bool equal(const std::vector<Extreme>& a, const std::vector<Extreme>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Extreme& x, const Extreme& y) {
    return x.value == y.value && x.position == y.position;
  });
}

template <class Real>
void check_extremes(const std::vector<Real>& values, const MomentSums& moments) {
  CHECK(equal(moments.largest, sorted_entries(values, 1)));
  CHECK(equal(moments.smallest, sorted_entries(values, -1)));
}

}  // namespace

TEST_CASE("sums of a Gaussian matrix, float32 and float64, agree with long double") {
  const auto singles = random_matrix<float>(300, 1111, 1);
  const MomentSums moments = moments_of(singles, 300, 1111, 64);
  CHECK(moments.count == singles.size());
  CHECK(moments.nan + moments.inf == 0);
  // A float32 is k·2^e, and k² leaves 0, 1 or 4 when divided by 8: where two bits are cut off, its square is
  // always rounded down, and the errors add up instead of cancelling. The x87's long double does the same a
  // little later.
  check_sums(singles, moments, 2e-15);
  check_extremes(singles, moments);

  const auto doubles = random_matrix<double>(300, 1111, 2);
  const MomentSums wide = moments_of(doubles, 300, 1111, 300);
  check_sums(doubles, wide, 4e-16);
  check_extremes(doubles, wide);
}

TEST_CASE("a mean a million times the deviation costs the central moments nothing") {
  auto values = random_matrix<double>(200, 1000, 3);
  for (double& value : values) value += 1e6;
  const MomentSums moments = moments_of(values, 200, 1000, 50);
  CHECK(std::abs(moments.shift - 1e6) < 0.1);
  check_sums(values, moments, 4e-16);

  // The variance that follows from the sums, against two passes.
  const auto n = static_cast<long double>(values.size());
  const long double mean = std::accumulate(values.begin(), values.end(), 0.0L) / n;
  const auto expected = static_cast<double>(power_sum(values, mean, 2) / n);
  const auto count = static_cast<double>(values.size());
  const double offset = moments.sums[0] / count;
  CHECK(moments.sums[1] / count - offset * offset == doctest::Approx(expected).epsilon(1e-13));
}

TEST_CASE("sums do not lose small terms among many") {
  // 2^24 ones in float32 arithmetic would stand still; in float64 the sum is exact.
  const std::vector<float> ones(1 << 16, 1.0f);
  Moments moments;
  for (uint64_t i = 0; i < 512; ++i) moments.add(ones.data(), i, 1, 0, ones.size(), ones.size());
  const MomentSums result = moments.result();
  CHECK(result.count == uint64_t{1} << 25);
  CHECK(result.sum_squares == 0x1p25);
  CHECK(result.shift == 1.0);
  CHECK(result.sums[1] == 0);
}

TEST_CASE("extremes do not depend on the order blocks arrive in, ties keep the lowest positions") {
  // Rounded values: thousands of entries share each of the largest and smallest.
  const uint64_t rows = 240;
  const uint64_t cols = 500;
  auto values = random_matrix<float>(rows, cols, 4);
  for (float& value : values) value = std::clamp(std::round(value * 2), -3.0f, 3.0f);
  REQUIRE(std::count(values.begin(), values.end(), 3.0f) > 2 * static_cast<int>(extreme_count));

  const MomentSums in_order = moments_of(values, rows, cols, 10);
  check_extremes(values, in_order);

  std::vector<uint64_t> blocks(rows / 10);
  std::iota(blocks.begin(), blocks.end(), uint64_t{0});
  std::mt19937 generator(5);
  for (int trial = 0; trial < 5; ++trial) {
    if (trial == 0) std::reverse(blocks.begin(), blocks.end());
    if (trial > 0) std::shuffle(blocks.begin(), blocks.end(), generator);
    Moments moments;
    for (const uint64_t b : blocks) moments.add(values.data() + b * 10 * cols, b * 10, 10, 0, cols, cols);
    check_extremes(values, moments.result());
  }
}

TEST_CASE("column blocks have the positions of the whole matrix") {
  const uint64_t rows = 100;
  const uint64_t cols = 90;
  const auto values = random_matrix<float>(rows, cols, 6);
  Moments moments;
  for (uint64_t col0 = 0; col0 < cols; col0 += 30) {
    std::vector<float> block;
    for (uint64_t r = 0; r < rows; ++r) {
      const auto* first = values.data() + r * cols + col0;
      block.insert(block.end(), first, first + 30);
    }
    moments.add(block.data(), 0, rows, col0, 30, cols);
  }
  const MomentSums result = moments.result();
  check_extremes(values, result);
  check_sums(values, result, 4e-16);
}

TEST_CASE("extremes of few entries are all of them") {
  const std::vector<double> values{2, -1, 2, 5, -1};
  const MomentSums moments = moments_of(values, 1, 5, 1);
  CHECK(equal(moments.largest, {{5, 3}, {2, 0}, {2, 2}, {-1, 1}, {-1, 4}}));
  CHECK(equal(moments.smallest, {{-1, 1}, {-1, 4}, {2, 0}, {2, 2}, {5, 3}}));
}

TEST_CASE("zeros of both signs are counted, subnormals are not") {
  std::vector<float> values(10'000, 1.0f);
  values[3] = 0.0f;
  values[5000] = -0.0f;
  values[9999] = 0x1p-149f;
  CHECK(moments_of(values, 100, 100, 7).zeros == 2);
}

TEST_CASE("NaN and infinities are counted and left out of the sums and extremes") {
  auto values = random_matrix<float>(100, 100, 7);
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  values[4321] = nan;
  values[4322] = infinity;
  values[77] = -infinity;
  values[9999] = nan;
  const MomentSums moments = moments_of(values, 100, 100, 30);
  CHECK(moments.count == 10'000);
  CHECK(moments.nan == 2);
  CHECK(moments.inf == 2);
  CHECK(moments.first_non_finite == 77);
  check_extremes(values, moments);
  std::vector<float> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
               [](float w) { return std::isfinite(w); });
  check_sums(finite, moments, 4e-15);  // few chunks, whose rounding errors do not average out
}

TEST_CASE("the first non-finite entry is that of lowest position, whatever arrives first") {
  std::vector<float> values(100, 1.0f);
  values[20] = values[80] = std::numeric_limits<float>::quiet_NaN();
  Moments moments;
  moments.add(values.data() + 50, 5, 5, 0, 10, 10);
  moments.add(values.data(), 0, 5, 0, 10, 10);
  CHECK(moments.result().first_non_finite == 20);
}

TEST_CASE("a matrix without a finite entry has no extremes and zero sums") {
  const std::vector<float> values(5000, std::numeric_limits<float>::quiet_NaN());
  const MomentSums moments = moments_of(values, 50, 100, 50);
  CHECK(moments.nan == 5000);
  CHECK(moments.sum_squares == 0);
  CHECK(moments.largest.empty());
  CHECK(moments.smallest.empty());
}

TEST_CASE("float64 entries whose squares overflow are finite entries with an infinite sum of squares") {
  const MomentSums moments = moments_of(std::vector<double>{1e200, -1e200, 1}, 1, 3, 1);
  CHECK(moments.nan + moments.inf == 0);
  CHECK(std::isinf(moments.sum_squares));
  CHECK(moments.largest.front().value == 1e200);
}
