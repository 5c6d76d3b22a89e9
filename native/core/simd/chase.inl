#pragma once

#include "stages.h"
#include "vector.h"

// Bulge chasing, values only (Schwarz 1968, Murata and Horikoshi 1975; in blocks: Bischof, Lang and Sun
// 2000). A sweep takes one column to tridiagonal form by a reflection of the b rows below its diagonal. That
// fills the b × b block below theirs, whose first column the next reflection of the sweep clears, and so on
// to the end of the matrix; the rest of the fill stays for the next sweep, whose blocks lie one row and
// column further.
//
// In band storage (band.h) element (i, j) stands at j·2b + i: every block is a column-major one of stride 2b,
// and the columns of zeros past n let blocks be whole ones. A step works on 2b rows of b columns from row and
// column p on: the diagonal block D (b rows, lower triangle) and the block B below it.

namespace spectrap::simd::SPECTRAP_ISA {
namespace chasing {

/// Sweeps in flight: one follows two steps behind the other, where it meets its blocks still in the cache and
/// touches none that the other does. So the order of these steps makes no difference to any bit.
constexpr uint64_t sweeps_in_flight = 4;

/// H = I − τuuᵀ with u as it came, not scaled to u₀ = 1: that takes one division instead of two.
template <class Real, int b>
struct Reflector {
  alignas(64) Real u[b];
  Real tau;
};

template <class Real, int b>
struct Column {
  static constexpr int count = b / lanes<Real>;
  Vector<Real> part[count];
};

/// A sum of squares below this may have lost digits to underflow.
template <class Real>
constexpr Real tiny_square = sizeof(Real) == 8 ? Real(0x1p-970) : Real(0x1p-102);

template <int... i>
struct Lanes {};
template <int n, int... i>
struct LanesUpTo : LanesUpTo<n - 1, n - 1, i...> {};
template <int... i>
struct LanesUpTo<0, i...> {
  using Type = Lanes<i...>;
};

/// Lane i: bit d of i ? y[i − d] + y[i] : x[i] + x[i + d].
template <int d, class V, int... i>
SPECTRAP_INLINE V pair_sums(V x, V y, Lanes<i...>) {
  constexpr int n = sizeof...(i);
  return __builtin_shufflevector(x, y, ((i & d) != 0 ? i - d + n : i)...) +
         __builtin_shufflevector(x, y, ((i & d) != 0 ? i + n : i + d)...);
}

/// Lane i of the result: the sum of all lanes of x[i].
template <class Real, int d = 1>
SPECTRAP_INLINE Vector<Real> lane_sums(Vector<Real>* x) {
  constexpr int n = lanes<Real>;
  if constexpr (d < n) {
    for (int i = 0; i < n; i += 2 * d) x[i] = pair_sums<d>(x[i], x[i + d], typename LanesUpTo<n>::Type());
    return lane_sums<Real, 2 * d>(x);
  } else {
    return x[0];
  }
}

/// The sum of all lanes in every lane.
template <class Real, int d = lanes<Real> / 2>
SPECTRAP_INLINE Vector<Real> sum_of_lanes(Vector<Real> x) {
  if constexpr (d > 0) {
    return sum_of_lanes<Real, d / 2>(pair_sums<d>(x, x, typename LanesUpTo<lanes<Real>>::Type()));
  } else {
    return x;
  }
}

template <class Real>
using Mask = decltype(Vector<Real>{} < Vector<Real>{});

/// Row c keeps the lanes c, c + 1, ….
template <class Real>
struct LowerMasks {
  using Lane = decltype(Mask<Real>{}[0] + 0);
  alignas(vector_bytes) Lane row[lanes<Real> + 1][lanes<Real>] = {};
  constexpr LowerMasks() {
    for (int c = 0; c < lanes<Real>; ++c) {
      for (int i = c; i < lanes<Real>; ++i) row[c][i] = -1;
    }
  }
};

template <class Real>
SPECTRAP_INLINE Vector<Real> from_lane(Vector<Real> x, int c) {
  static constexpr LowerMasks<Real> masks;
  Mask<Real> mask;
  __builtin_memcpy(&mask, masks.row[c], sizeof mask);
  return (Vector<Real>)((Mask<Real>)x & mask);
}

template <class Real, int b>
SPECTRAP_INLINE Real dot(const Column<Real, b>& x, const Column<Real, b>& y) {
  Vector<Real> sum = x.part[0] * y.part[0];
  for (int i = 1; i < x.count; ++i) sum += x.part[i] * y.part[i];
  return sum_of_lanes<Real>(sum)[0];
}

SPECTRAP_INLINE double square_root(double x) { return __builtin_sqrt(x); }
SPECTRAP_INLINE float square_root(float x) { return __builtin_sqrtf(x); }

/// Makes the reflector that takes x to βe₁ and returns β. No division by zero, no NaN: where the rest of x is
/// nothing, τ = 0 and β = x₀.
template <class Real, int b>
SPECTRAP_INLINE Real make_reflector(const Column<Real, b>& x, Reflector<Real, b>& h) {
  const Vector<Real> but_first = from_lane<Real>(x.part[0], 1);
  Vector<Real> squares = but_first * but_first;
  for (int i = 1; i < x.count; ++i) squares += x.part[i] * x.part[i];
  const Real alpha = x.part[0][0];
  const Real rest = sum_of_lanes<Real>(squares)[0];
  const bool some = rest > tiny_square<Real>;
  const Real norm = square_root(alpha * alpha + rest);
  const Real beta = some ? (alpha > 0 ? -norm : norm) : alpha;
  const Real first = some ? alpha - beta : Real(1);
  h.tau = some ? Real(-1) / (beta * first) : Real(0);
  store(h.u, but_first + Vector<Real>{first});
  for (int i = 1; i < x.count; ++i) store(h.u + i * lanes<Real>, x.part[i]);
  return beta;
}

/// y += Dv of the lower triangle's block columns from J on.
template <class Real, int b, int J = 0>
SPECTRAP_INLINE void symmetric_product(const Real* d, const Reflector<Real, b>& v, Column<Real, b>& y) {
  constexpr int n = lanes<Real>;
  constexpr int stride = 2 * b;
  if constexpr (J * n < b) {
    const Real* column = d + J * n * stride;
    const Real* v_j = v.u + J * n;
    Vector<Real> sums[n];
    for (int c = 0; c < n; ++c) {
      const Vector<Real> part = load(column + c * stride + J * n);
      y.part[J] += from_lane<Real>(part, c) * v_j[c];
      sums[c] = from_lane<Real>(part, c + 1) * load(v_j);
    }
    for (int i = J + 1; i < y.count; ++i) {
      for (int c = 0; c < n; ++c) {
        const Vector<Real> part = load(column + c * stride + i * n);
        y.part[i] += part * v_j[c];
        sums[c] += part * load(v.u + i * n);
      }
    }
    y.part[J] += lane_sums<Real>(sums);
    symmetric_product<Real, b, J + 1>(d, v, y);
  }
}

/// D −= vqᵀ + qvᵀ in the lower triangle's block columns from J on. What stands above the diagonal belongs to
/// earlier columns and is written back as it was.
template <class Real, int b, int J = 0>
SPECTRAP_INLINE void symmetric_update(Real* d, const Real* v, const Real* q) {
  constexpr int n = lanes<Real>;
  constexpr int stride = 2 * b;
  if constexpr (J * n < b) {
    Real* column = d + J * n * stride;
    for (int c = 0; c < n; ++c) {
      Real* part = column + c * stride + J * n;
      const Vector<Real> change = load(v + J * n) * q[J * n + c] + load(q + J * n) * v[J * n + c];
      store(part, load(part) - from_lane<Real>(change, c));
    }
    for (int i = J + 1; i < b / n; ++i) {
      for (int c = 0; c < n; ++c) {
        Real* part = column + c * stride + i * n;
        store(part, load(part) - load(v + i * n) * q[J * n + c] - load(q + i * n) * v[J * n + c]);
      }
    }
    symmetric_update<Real, b, J + 1>(d, v, q);
  }
}

/// w = Bv.
template <class Real, int b>
SPECTRAP_INLINE Column<Real, b> product(const Real* block, const Real* v) {
  constexpr int n = lanes<Real>;
  constexpr int count = b / n;
  // Eight sums or more at a time hide the latency of an addition.
  constexpr int sets = count >= 8 ? 1 : count >= 4 ? 2 : count >= 2 ? 4 : 8;
  Vector<Real> sums[sets][count] = {};
  for (int c = 0; c < b; c += sets) {
    for (int s = 0; s < sets; ++s) {
      for (int i = 0; i < count; ++i) sums[s][i] += load(block + (c + s) * 2 * b + i * n) * v[c + s];
    }
  }
  Column<Real, b> w;
  for (int i = 0; i < count; ++i) {
    w.part[i] = sums[0][i];
    for (int s = 1; s < sets; ++s) w.part[i] += sums[s][i];
  }
  return w;
}

/// z = τ(Bᵀu − (uᵀw)v).
template <class Real, int b>
SPECTRAP_INLINE void row_of_update(const Real* block, const Reflector<Real, b>& h, Real overlap,
                                   const Real* v, Real* z) {
  constexpr int n = lanes<Real>;
  for (int c = 0; c < b; c += n) {
    Vector<Real> sums[n];
    for (int k = 0; k < n; ++k) sums[k] = load(block + (c + k) * 2 * b) * load(h.u);
    for (int i = 1; i < b / n; ++i) {
      for (int k = 0; k < n; ++k) sums[k] += load(block + (c + k) * 2 * b + i * n) * load(h.u + i * n);
    }
    store(z + c, (lane_sums<Real>(sums) - load(v + c) * overlap) * h.tau);
  }
}

/// B −= wvᵀ + uzᵀ but for the first column.
template <class Real, int b>
SPECTRAP_INLINE void update(Real* block, const Real* w, const Real* v, const Real* u, const Real* z) {
  constexpr int n = lanes<Real>;
  constexpr int count = b / n;
  constexpr int rows = 2 * count + 4 <= vector_registers ? count : count / 2;
  for (int r = 0; r < count; r += rows) {
    Vector<Real> w_part[rows];
    Vector<Real> u_part[rows];
    for (int i = 0; i < rows; ++i) {
      w_part[i] = load(w + (r + i) * n);
      u_part[i] = load(u + (r + i) * n);
    }
    for (int c = 1; c < b; ++c) {
      for (int i = 0; i < rows; ++i) {
        Real* part = block + c * 2 * b + (r + i) * n;
        store(part, load(part) - w_part[i] * v[c] - u_part[i] * z[c]);
      }
    }
  }
}

/// Where values come from memory again: the compiler would else keep what one pass loaded for the next, in
/// registers that there are not, and so store copies of the block on the stack.
SPECTRAP_INLINE void load_again() { __asm__ volatile("" ::: "memory"); }

/// Applies H from both sides to D, from the right to B, and from the left to B the reflector that clears B's
/// first column, which becomes h.
template <class Real, int b>
SPECTRAP_INLINE void chase_step(Real* d, Reflector<Real, b>& h) {
  constexpr int n = lanes<Real>;
  constexpr int count = b / n;
  const Reflector<Real, b> v = h;
  Column<Real, b> y{};
  symmetric_product<Real, b>(d, v, y);
  load_again();
  Column<Real, b> v_column;
  for (int i = 0; i < count; ++i) v_column.part[i] = load(v.u + i * n);
  const Real half = v.tau * (v.tau * dot(y, v_column) / 2);  // τ² may overflow
  alignas(64) Real q[b];
  for (int i = 0; i < count; ++i) store(q + i * n, y.part[i] * v.tau - v_column.part[i] * half);

  Real* block = d + b;
  Column<Real, b> w = product<Real, b>(block, v.u);
  Column<Real, b> x;
  alignas(64) Real w_store[b];
  for (int i = 0; i < count; ++i) {
    w.part[i] *= v.tau;
    store(w_store + i * n, w.part[i]);
    x.part[i] = load(block + i * n) - w.part[i] * v.u[0];
  }
  const Real beta = make_reflector(x, h);

  // Needs nothing of the reflector, whose root and division it hides.
  load_again();
  symmetric_update<Real, b>(d, v.u, q);
  load_again();
  Column<Real, b> u_column;
  for (int i = 0; i < count; ++i) u_column.part[i] = load(h.u + i * n);
  alignas(64) Real z[b];
  row_of_update<Real, b>(block, h, dot(u_column, w), v.u, z);
  load_again();
  update<Real, b>(block, w_store, v.u, h.u, z);
  for (int i = 0; i < count; ++i) store(block + i * n, Vector<Real>{});
  block[0] = beta;
}

template <class Real, int b>
void chase(uint64_t n, Real* band, double* diagonal, double* off_diagonal) {
  constexpr uint64_t stride = uint64_t{2} * b;
  Reflector<Real, b> reflectors[sweeps_in_flight];
  for (uint64_t first = 0; first + 2 < n; first += sweeps_in_flight) {
    const uint64_t steps = (n - 3 - first) / b + 1;  // of the first of these sweeps; no other has more
    for (uint64_t time = 0; time < steps + 2 * (sweeps_in_flight - 1); ++time) {
      for (uint64_t s = 0; s < sweeps_in_flight && 2 * s <= time; ++s) {
        const uint64_t column = first + s;
        const uint64_t at = column + 1 + (time - 2 * s) * b;
        if (at + 1 >= n) continue;
        if (time == 2 * s) {
          Real* below = band + column * stride + column + 1;
          Column<Real, b> x;
          for (int i = 0; i < x.count; ++i) x.part[i] = load(below + i * lanes<Real>);
          below[0] = make_reflector(x, reflectors[s]);
        }
        chase_step<Real, b>(band + at * stride + at, reflectors[s]);
      }
    }
  }
  for (uint64_t i = 0; i < n; ++i) diagonal[i] = double(band[i * (stride + 1)]);
  for (uint64_t i = 0; i + 1 < n; ++i) off_diagonal[i] = double(band[i * (stride + 1) + 1]);
}

}  // namespace chasing

template <class Real>
void band_to_tridiagonal(uint64_t n, uint64_t bandwidth, Real* band, double* diagonal, double* off_diagonal) {
  if constexpr (sizeof(Real) == 8) {
    if (bandwidth == 24) return chasing::chase<Real, 24>(n, band, diagonal, off_diagonal);
  } else {
    if (bandwidth == 16) return chasing::chase<Real, 16>(n, band, diagonal, off_diagonal);
    if (bandwidth == 32) return chasing::chase<Real, 32>(n, band, diagonal, off_diagonal);
  }
  __builtin_trap();  // no such instance: see chase.h
}

}  // namespace spectrap::simd::SPECTRAP_ISA
