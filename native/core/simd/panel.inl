#pragma once

#include "vector.h"

// Work on n × b panels, row-major: a row is b/lanes registers.

namespace spectrap::simd::SPECTRAP_ISA {

/// Rows of a panel whose sums stay in registers together with one row of the other operand.
template <class Real, int b>
constexpr int block_rows =
    vector_registers / 4 * 3 / (b / lanes<Real>) > 0 ? vector_registers / 4 * 3 / (b / lanes<Real>) : 1;

/// Sums of `rows` rows of a panel, in registers.
template <class Real, int b, int rows>
struct RowSums {
  static constexpr int width = b / lanes<Real>;
  Vector<Real> sum[rows][width];

  SPECTRAP_INLINE void clear() {
    for (int r = 0; r < rows; ++r)
      for (int q = 0; q < width; ++q) sum[r][q] = Vector<Real>{};
  }
  SPECTRAP_INLINE void load_from(const Real* x) {
    for (int r = 0; r < rows; ++r)
      for (int q = 0; q < width; ++q) sum[r][q] = load(x + r * b + q * lanes<Real>);
  }
  SPECTRAP_INLINE void store_to(Real* x) const {
    for (int r = 0; r < rows; ++r)
      for (int q = 0; q < width; ++q) store(x + r * b + q * lanes<Real>, sum[r][q]);
  }
  /// sum[r] += a[r·stride]·v for the row v.
  SPECTRAP_INLINE void add(const Real* a, uint64_t stride, const Real* v) {
    Vector<Real> row[width];
    for (int q = 0; q < width; ++q) row[q] = load(v + q * lanes<Real>);
#pragma GCC unroll 24
    for (int r = 0; r < rows; ++r) {
      const Vector<Real> factor = broadcast(a[r * stride]);
#pragma GCC unroll 12
      for (int q = 0; q < width; ++q) sum[r][q] += factor * row[q];
    }
  }
};

/// C = VᵀX for panels of m rows; C is b × b, row-major.
template <class Real, int b>
void panel_products(uint64_t m, const Real* v, const Real* x, Real* c) {
  constexpr int rows = b % block_rows<Real, b> == 0 ? block_rows<Real, b> : 1;
  for (int r = 0; r < b; r += rows) {
    RowSums<Real, b, rows> sums;
    sums.clear();
    for (uint64_t i = 0; i < m; ++i) sums.add(v + i * b + r, 1, x + i * b);
    sums.store_to(c + r * b);
  }
}

/// X ← X·T − V·S for panels of m rows (a multiple of 48) and b × b matrices.
template <class Real, int b>
void combine_panels(uint64_t m, Real* x, const Real* t, const Real* v, const Real* s) {
  constexpr int rows = block_rows<Real, b>;
  static_assert(48 % rows == 0);
  for (uint64_t i = 0; i < m; i += rows) {
    RowSums<Real, b, rows> sums;
    sums.clear();
    for (int k = 0; k < b; ++k) sums.add(v + i * b + k, b, s + k * b);
    for (int r = 0; r < rows; ++r)
      for (int q = 0; q < sums.width; ++q) sums.sum[r][q] = -sums.sum[r][q];
    for (int k = 0; k < b; ++k) sums.add(x + i * b + k, b, t + k * b);
    sums.store_to(x + i * b);
  }
}

/// Householder QR of the m × b panel P: reflector k is I − tau[k]·v·vᵀ with v = (0…0, 1,
/// inverse[k]·P[k+1…][k])ᵀ. On return row k ≤ c of P holds R, and column k below the diagonal v unscaled. One
/// pass per column: it applies reflector k and sums up what reflector k + 1 needs.
template <class Real, int b>
void panel_qr(uint64_t m, Real* p, Real* tau, Real* inverse) {
  constexpr int width = b / lanes<Real>;
  alignas(64) Real dots[b];  // Σ P[r][k]·P[r][c] over the rows r > k
  alignas(64) Real y[b];
  {
    RowSums<Real, b, 1> sums;
    sums.clear();
    for (uint64_t r = 1; r < m; ++r) sums.add(p + r * b, 0, p + r * b);
    sums.store_to(dots);
  }
  for (int k = 0; k < b; ++k) {
    tau[k] = inverse[k] = 0;
    if (static_cast<uint64_t>(k) + 1 >= m) continue;
    Real* row = p + k * b;
    const Real alpha = row[k];
    const Real below = dots[k];
    for (int c = 0; c < b; ++c) y[c] = 0;
    if (below > 0) {
      const Real norm = static_cast<Real>(__builtin_sqrt(static_cast<double>(alpha * alpha + below)));
      const Real beta = alpha > 0 ? -norm : norm;
      tau[k] = (beta - alpha) / beta;
      inverse[k] = 1 / (alpha - beta);
      for (int c = k + 1; c < b; ++c) {
        y[c] = tau[k] * (row[c] + dots[c] * inverse[k]);
        row[c] -= y[c];
        y[c] *= inverse[k];
      }
      row[k] = beta;
    }
    if (k + 1 == b) continue;
    Vector<Real> reflect[width];
    for (int q = 0; q < width; ++q) reflect[q] = load(y + q * lanes<Real>);
    Vector<Real> sums[width] = {};
    for (uint64_t r = static_cast<uint64_t>(k) + 1; r < m; ++r) {
      Real* x = p + r * b;
      const Vector<Real> factor = broadcast(x[k]);
      Vector<Real> updated[width];
#pragma GCC unroll 12
      for (int q = 0; q < width; ++q) {
        updated[q] = load(x + q * lanes<Real>) - factor * reflect[q];
        store(x + q * lanes<Real>, updated[q]);
      }
      if (r == static_cast<uint64_t>(k) + 1) continue;  // on the diagonal of the next column, not below it
      const Vector<Real> next = broadcast(x[k + 1]);
#pragma GCC unroll 12
      for (int q = 0; q < width; ++q) sums[q] += next * updated[q];
    }
    for (int q = 0; q < width; ++q) store(dots + q * lanes<Real>, sums[q]);
  }
}

/// T of I − V·T·Vᵀ = H₁H₂⋯H_b from G = VᵀV: T[j][j] = tau[j], T[0…j)[j] = −tau[j]·T[0…j)[0…j)·G[0…j)[j]
/// (Schreiber and Van Loan, SIAM J. Sci. Stat. Comput. 10 (1989) 53).
template <class Real, int b>
void block_reflector(const Real* g, const Real* tau, Real* t) {
  for (int i = 0; i < b * b; ++i) t[i] = 0;
  for (int j = 0; j < b; ++j) {
    t[j * b + j] = tau[j];
    for (int i = 0; i < j; ++i) {
      Real sum = 0;
      for (int k = i; k < j; ++k) sum += t[i * b + k] * g[k * b + j];
      t[i * b + j] = -tau[j] * sum;
    }
  }
}

/// C = Aᵀ·B of b × b matrices, A·B if not transposed.
template <class Real, int b, bool transposed>
void small_product(const Real* x, const Real* y, Real* c) {
  for (int i = 0; i < b; ++i) {
    RowSums<Real, b, 1> sums;
    sums.clear();
    for (int k = 0; k < b; ++k) sums.add(transposed ? x + k * b + i : x + i * b + k, 0, y + k * b);
    sums.store_to(c + i * b);
  }
}

}  // namespace spectrap::simd::SPECTRAP_ISA
