#include "matrix_product.h"

#include <algorithm>

#include "clones.h"

namespace spectrap {
namespace {

/// A task makes a tile of C; it goes through the depth in pieces, so that the piece of B stays in the
/// second-level cache and the rows of C it is added to in the first.
constexpr uint64_t tile_rows = 64;
constexpr uint64_t tile_cols = 256;
constexpr uint64_t piece_depth = 128;
/// Rows of C that share what is loaded of B, and rows of B that share a load and a store of C.
constexpr uint64_t together = 4;

/// `height` rows of C, `deep` rows of B.
template <uint64_t height, uint64_t deep>
[[gnu::always_inline]] inline void add_rows(const double* a, uint64_t lda, const double* b, uint64_t ldb,
                                            double* c, uint64_t ldc, uint64_t cols) {
  double factors[height][deep];
  for (uint64_t i = 0; i < height; ++i)
    for (uint64_t p = 0; p < deep; ++p) factors[i][p] = a[i * lda + p];
#pragma GCC ivdep
  for (uint64_t j = 0; j < cols; ++j) {
#pragma GCC unroll 4
    for (uint64_t i = 0; i < height; ++i) {
      double sum = c[i * ldc + j];
#pragma GCC unroll 4
      for (uint64_t p = 0; p < deep; ++p) sum += factors[i][p] * b[p * ldb + j];
      c[i * ldc + j] = sum;
    }
  }
}

template <uint64_t height>
[[gnu::always_inline]] inline void add_strip(const double* a, uint64_t lda, const double* b, uint64_t ldb,
                                             double* c, uint64_t ldc, uint64_t depth, uint64_t cols) {
  uint64_t p = 0;
  for (; p + together <= depth; p += together) {
    add_rows<height, together>(a + p, lda, b + p * ldb, ldb, c, ldc, cols);
  }
  for (; p < depth; ++p) add_rows<height, 1>(a + p, lda, b + p * ldb, ldb, c, ldc, cols);
}

SPECTRAP_CLONES void add_tile(const double* a, uint64_t lda, const double* b, uint64_t ldb, double* c,
                              uint64_t ldc, uint64_t rows, uint64_t depth, uint64_t cols) {
  for (uint64_t first = 0; first < depth; first += piece_depth) {
    const uint64_t deep = std::min(piece_depth, depth - first);
    const double* piece = b + first * ldb;
    uint64_t i = 0;
    for (; i + together <= rows; i += together) {
      add_strip<together>(a + i * lda + first, lda, piece, ldb, c + i * ldc, ldc, deep, cols);
    }
    for (; i < rows; ++i) {
      add_strip<1>(a + i * lda + first, lda, piece, ldb, c + i * ldc, ldc, deep, cols);
    }
  }
}

struct Call {
  Panel a;
  Panel b;
  double* c;
  uint64_t rows;
  uint64_t depth;
  uint64_t cols;
  uint64_t tiles_across;
};

}  // namespace

void add_product(Panel a, Panel b, double* c, uint64_t rows, uint64_t depth, uint64_t cols, Team& team) {
  const uint64_t across = (cols + tile_cols - 1) / tile_cols;
  const uint64_t down = (rows + tile_rows - 1) / tile_rows;
  Call call{a, b, c, rows, depth, cols, across};
  team.run(
      across * down,
      [](void* context, uint64_t index) {
        const Call& t = *static_cast<const Call*>(context);
        const uint64_t row = index / t.tiles_across * tile_rows;
        const uint64_t col = index % t.tiles_across * tile_cols;
        add_tile(t.a.data + row * t.a.stride, t.a.stride, t.b.data + col, t.b.stride,
                 t.c + row * t.cols + col, t.cols, std::min(tile_rows, t.rows - row), t.depth,
                 std::min(tile_cols, t.cols - col));
      },
      &call);
}

}  // namespace spectrap
