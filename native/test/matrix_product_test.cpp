#include "../core/matrix_product.h"

#include <doctest/doctest.h>

#include <limits>

#include "random_matrix.h"
#include "test_teams.h"

using namespace spectrap;
using namespace spectrap::test;

TEST_CASE("C + A·B, at sizes on both sides of every block, with rows that are further apart") {
  const struct {
    uint64_t rows, depth, cols;
  } shapes[] = {{1, 1, 1}, {3, 5, 2}, {4, 4, 256}, {65, 129, 257}, {130, 7, 300}, {2, 300, 9}, {5, 0, 4}};
  for (const auto& [rows, depth, cols] : shapes) {
    CAPTURE(rows);
    const uint64_t lda = depth + 3;
    const uint64_t ldb = cols + 5;
    const auto a = random_matrix<double>(rows, lda, 1);
    const auto b = random_matrix<double>(depth, ldb, 2);
    auto c = random_matrix<double>(rows, cols, 3);
    const auto start = c;
    auto other = c;
    ReversedTeam team;
    TeamOfOne alone;
    add_product({a.data(), lda}, {b.data(), ldb}, c.data(), rows, depth, cols, team);
    add_product({a.data(), lda}, {b.data(), ldb}, other.data(), rows, depth, cols, alone);
    CHECK(c == other);
    double worst = 0;
    for (uint64_t i = 0; i < rows; ++i) {
      for (uint64_t j = 0; j < cols; ++j) {
        long double sum = start[i * cols + j];
        long double size = std::abs(sum);
        for (uint64_t p = 0; p < depth; ++p) {
          const auto term =
              static_cast<long double>(a[i * lda + p]) * static_cast<long double>(b[p * ldb + j]);
          sum += term;
          size += std::abs(term);
        }
        // A running sum of n terms errs by at most n·ε·Σ|term| (Higham, Accuracy and Stability, 4.2).
        const auto bound =
            static_cast<long double>(depth + 1) * std::numeric_limits<double>::epsilon() * size;
        worst = std::max(worst, static_cast<double>(std::abs(sum - c[i * cols + j]) / bound));
      }
    }
    CHECK(worst <= 1);
  }
}
