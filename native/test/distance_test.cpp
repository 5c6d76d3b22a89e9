#include "../core/distance.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "error_code.h"
#include "random_matrix.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

const std::atomic<bool> not_cancelled{false};

std::vector<TapDistance> distances(const Matrix& a, const Matrix& b, bool cka) {
  TeamOfOne team;
  return distance(a, b, cka, not_cancelled, team);
}

/// ‖XᵀY‖_F by the definition.
double cross_norm(const std::vector<double>& x, const std::vector<double>& y, uint64_t rows, uint64_t cols) {
  long double sum = 0;
  for (uint64_t i = 0; i < cols; ++i) {
    for (uint64_t j = 0; j < cols; ++j) {
      long double entry = 0;
      for (uint64_t r = 0; r < rows; ++r)
        entry += static_cast<long double>(x[r * cols + i]) * y[r * cols + j];
      sum += entry * entry;
    }
  }
  return static_cast<double>(std::sqrt(sum));
}

double slow_cka(const std::vector<double>& x, const std::vector<double>& y, uint64_t rows, uint64_t cols) {
  return cross_norm(x, y, rows, cols) /
         std::sqrt(cross_norm(x, x, rows, cols) * cross_norm(y, y, rows, cols));
}

}  // namespace

TEST_CASE("sums over two matrices are those of the definition") {
  const uint64_t rows = 130;
  const uint64_t cols = 611;  // more than a piece
  const auto a = random_matrix<double>(rows, cols, 1);
  auto b = a;
  for (size_t i = 0; i < b.size(); i += 3) b[i] += 0.5;
  b[7 * cols + 11] = a[7 * cols + 11] - 9;
  const DistanceSums got =
      distances(memory_matrix(a, rows, cols), memory_matrix(b, rows, cols), false)[0].sums;
  long double sums[6] = {};
  uint64_t changed = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const long double d = std::abs(static_cast<long double>(a[i]) - b[i]);
    sums[0] += d;
    sums[1] += d * d;
    sums[2] += std::abs(a[i]);
    sums[3] += std::abs(b[i]);
    sums[4] += static_cast<long double>(a[i]) * a[i];
    sums[5] += static_cast<long double>(b[i]) * b[i];
    changed += a[i] != b[i] ? 1 : 0;
  }
  const double found[6] = {got.difference, got.squares,       got.first,
                           got.second,     got.first_squares, got.second_squares};
  for (int s = 0; s < 6; ++s) CHECK(found[s] == doctest::Approx(static_cast<double>(sums[s])).epsilon(1e-14));
  CHECK(got.changed == changed);
  CHECK(got.position == 7 * cols + 11);
  CHECK(got.largest == std::abs(a[7 * cols + 11] - b[7 * cols + 11]));
}

TEST_CASE("CKA is that of the definition, for every shape") {
  struct Shape {
    uint64_t rows, cols;
  };
  // Wide, square, tall but less than twice as high, and higher; more than a tile; a single row and column.
  for (const auto& [rows, cols] :
       {Shape{30, 70}, {40, 40}, {50, 30}, {90, 30}, {60, 150}, {150, 60}, {1, 9}, {9, 1}, {1, 1}}) {
    CAPTURE(rows);
    CAPTURE(cols);
    const auto a = random_matrix<double>(rows, cols, 2);
    auto b = random_matrix<double>(rows, cols, 3);
    for (size_t i = 0; i < b.size(); ++i) b[i] = 1e-3 * (b[i] + a[i]);
    const auto cka = distances(memory_matrix(a, rows, cols), memory_matrix(b, rows, cols), true)[0].cka;
    REQUIRE(cka.has_value());
    CHECK(*cka == doctest::Approx(slow_cka(a, b, rows, cols)).epsilon(1e-12));
    const auto back = distances(memory_matrix(b, rows, cols), memory_matrix(a, rows, cols), true)[0].cka;
    CHECK(*back == doctest::Approx(*cka).epsilon(1e-14));
    const auto same = distances(memory_matrix(a, rows, cols), memory_matrix(a, rows, cols), true)[0].cka;
    CHECK(*same == doctest::Approx(1).epsilon(1e-13));
  }
}

TEST_CASE("CKA at the ends of the scale, and of a zero matrix") {
  const auto a = random_matrix<double>(20, 12, 4);
  auto small = a;
  auto large = a;
  for (double& w : small) w *= 1e-140;
  for (double& w : large) w *= 1e140;
  const auto cka = distances(memory_matrix(small, 20, 12), memory_matrix(large, 20, 12), true)[0].cka;
  CHECK(*cka == doctest::Approx(1).epsilon(1e-12));
  const Matrix zero = memory_matrix(std::vector<double>(20 * 12, 0.0), 20, 12);
  CHECK_FALSE(distances(memory_matrix(a, 20, 12), zero, true)[0].cka.has_value());
}

TEST_CASE("every tap has its own distance, and entries that are not finite are named") {
  auto a = random_matrix<float>(3 * 8, 5, 5);
  auto b = a;
  b[1 * 40 + 2 * 5 + 3] += 1;
  const auto taps = distances(memory_matrix(a, 8, 5, 3), memory_matrix(b, 8, 5, 3), false);
  REQUIRE(taps.size() == 3);
  CHECK(taps[0].sums.changed == 0);
  CHECK(taps[1].sums.changed == 1);
  CHECK(taps[1].sums.position == 2 * 5 + 3);
  CHECK(taps[2].sums.difference == 0);
  b[2 * 40 + 7] = std::numeric_limits<float>::infinity();
  const auto reason =
      error_reason([&] { distances(memory_matrix(a, 8, 5, 3), memory_matrix(b, 8, 5, 3), false); });
  CHECK(reason == "the second matrix has a NaN or infinite entry at row 1, column 2");
}

TEST_CASE("squares beyond float64 are refused, and so is work after a cancel") {
  const Matrix huge = memory_matrix(std::vector<double>(12, 1e200), 3, 4);
  CHECK(error_code([&] { distances(huge, huge, true); }) == "NON_FINITE");
  const std::atomic<bool> cancelled{true};
  TeamOfOne team;
  const Matrix one = memory_matrix(std::vector<double>(12, 1.0), 3, 4);
  CHECK(error_code([&] { distance(one, one, true, cancelled, team); }) == "ERR_CANCELLED");
}
