#include "../core/blas_gram.h"

#include <doctest/doctest.h>

#include <limits>

#include "random_matrix.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

/// Largest |G − reference| over the lower triangle, in units of ε·√length·(largest diagonal entry).
template <class Real>
double gram_error(const std::vector<Real>& w, uint64_t rows, uint64_t cols, double scale) {
  const Matrix matrix = memory_matrix(w, rows, cols);
  const uint64_t m = matrix.smaller();
  std::vector<Real> g(m * m);
  BlockReader reader(matrix);
  StoredBlocks blocks(reader, 0);
  gram(blocks, matrix, scale, g.data());
  const std::vector<double> expected = naive_gram(w, rows, cols);
  double largest = 0;
  double error = 0;
  for (uint64_t i = 0; i < m; ++i) largest = std::max(largest, expected[i * m + i] * scale * scale);
  for (uint64_t j = 0; j < m; ++j) {
    for (uint64_t i = j; i < m; ++i) {
      error =
          std::max(error, std::abs(static_cast<double>(g[j * m + i]) - expected[i * m + j] * scale * scale));
    }
  }
  return error /
         (static_cast<double>(std::numeric_limits<Real>::epsilon()) * std::sqrt(matrix.larger()) * largest);
}

}  // namespace

TEST_CASE("gram is WᵀW of the smaller side, tall, wide and square") {
  const std::pair<uint64_t, uint64_t> shapes[] = {{1, 1},    {7, 3},    {3, 7},  {40, 40},
                                                  {200, 33}, {33, 200}, {96, 95}};
  for (const auto& [rows, cols] : shapes) {
    CAPTURE(rows);
    CAPTURE(cols);
    CHECK(gram_error(random_matrix<double>(rows, cols, 1), rows, cols, 1.0) < 4);
    CHECK(gram_error(random_matrix<float>(rows, cols, 2), rows, cols, 0.25) < 4);
  }
}

TEST_CASE("gram is the same over many blocks, in both directions") {
  // 24 columns make blocks of 65536 rows, so 150000 rows take three.
  const uint64_t length = 150000;
  const uint64_t m = 24;
  const auto w = random_matrix<float>(length, m, 3);
  REQUIRE(2 * gram_block(memory_matrix(w, length, m)) < length);
  CHECK(gram_error(w, length, m, 1.0) < 4);
  CHECK(gram_error(w, m, length, 1.0) < 4);
}

TEST_CASE("the norm of the Gram matrix counts the lower triangle twice and the diagonal once") {
  const std::vector<double> g{2, 3, 99, 5};  // column-major, 99 in the ignored upper triangle
  CHECK(gram_norm_squared(g.data(), 2) == 4 + 2 * 9 + 25);
}
