#pragma once

#include "panel.inl"
#include "vector.h"

// Work on one square tile, column-major, against panels of b columns.

namespace spectrap::simd::SPECTRAP_ISA {

/// A register block of the update: 3 registers of rows by as many columns as leave room for the operands.
template <class Real>
constexpr int update_rows = 3 * lanes<Real>;
constexpr int update_columns = vector_registers == 32 ? 8 : 4;

/// Packs `rows` rows (a multiple of update_rows) of V and W, row-major with b columns, into strips of
/// update_rows rows, each [2b][update_rows]: V above W.
template <class Real, int b>
void pack_strips(uint64_t rows, const Real* v, const Real* w, Real* strips) {
  constexpr int mr = update_rows<Real>;
  for (uint64_t row = 0; row < rows; row += mr) {
    const Real* const panels[] = {v, w};
    for (const Real* panel : panels) {
      for (int k = 0; k < b; ++k) {
        for (int i = 0; i < mr; ++i) strips[k * mr + i] = panel[(row + i) * b + k];
      }
      strips += b * mr;
    }
  }
}

/// C ← C − V·Wᵀ − W·Vᵀ for columns [first, last) of a tile: `strips` are those of its rows, v and w the
/// panels' rows that belong to its columns. Meanwhile the tile that follows in memory is fetched.
template <class Real, int b>
void update_tile(Real* c, uint64_t side, uint64_t first, uint64_t last, const Real* strips, const Real* v,
                 const Real* w) {
  constexpr int mr = update_rows<Real>;
  constexpr int nr = update_columns;
  for (uint64_t row = 0; row < side; row += mr, strips += 2 * b * mr) {
    for (uint64_t col = first; col < last; col += nr) {
      Real* block = c + col * side + row;
      Vector<Real> sum[nr][3];
#pragma GCC unroll 8
      for (int j = 0; j < nr; ++j) {
        __builtin_prefetch(block + side * side + j * side, 1, 2);
        for (int i = 0; i < 3; ++i) sum[j][i] = load(block + j * side + i * lanes<Real>);
      }
      const Real* strip = strips;
      const Real* const panels[] = {w + col * b, v + col * b};
      for (const Real* panel : panels) {
        for (int k = 0; k < b; ++k, strip += mr) {
          const Vector<Real> left[3] = {load(strip), load(strip + lanes<Real>),
                                        load(strip + 2 * lanes<Real>)};
#pragma GCC unroll 8
          for (int j = 0; j < nr; ++j) {
            const Vector<Real> right = broadcast(panel[j * b + k]);
#pragma GCC unroll 3
            for (int i = 0; i < 3; ++i) sum[j][i] -= left[i] * right;
          }
        }
      }
#pragma GCC unroll 8
      for (int j = 0; j < nr; ++j)
        for (int i = 0; i < 3; ++i) store(block + j * side + i * lanes<Real>, sum[j][i]);
    }
  }
}

/// X += A·V for columns [first, side) of one tile A. Vectorised along the b columns of V with scalars from A,
/// so that the product with Aᵀ, the next function, needs no transposition.
template <class Real, int b>
void multiply_tile(const Real* a, uint64_t side, uint64_t first, const Real* v, Real* x) {
  constexpr int rows = block_rows<Real, b>;
  static_assert(48 % rows == 0);
  for (uint64_t i = 0; i < side; i += rows) {
    RowSums<Real, b, rows> sums;
    sums.load_from(x + i * b);
    for (uint64_t j = first; j < side; ++j) sums.add(a + j * side + i, 1, v + j * b);
    sums.store_to(x + i * b);
  }
}

/// X += Aᵀ·V for at least columns [first, side) of A, which are rows of X.
template <class Real, int b>
void multiply_tile_transposed(const Real* a, uint64_t side, uint64_t first, const Real* v, Real* x) {
  constexpr int rows = block_rows<Real, b>;
  for (uint64_t j = first / rows * rows; j < side; j += rows) {
    RowSums<Real, b, rows> sums;
    sums.load_from(x + j * b);
    for (uint64_t i = 0; i < side; ++i) sums.add(a + j * side + i, side, v + i * b);
    sums.store_to(x + j * b);
  }
}

}  // namespace spectrap::simd::SPECTRAP_ISA
