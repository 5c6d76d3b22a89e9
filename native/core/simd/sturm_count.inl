#pragma once

#include "vector.h"

namespace spectrap::simd::SPECTRAP_ISA {

template <class T>
SPECTRAP_INLINE T larger(T a, T b) {
  return a > b ? a : b;
}

/// A symmetric tridiagonal matrix T, scaled so that its largest entry is in [1/2, 1).
struct SturmMatrix {
  uint64_t n;
  const double* diagonal;  ///< d_i
  const double* coupling;  ///< −e²_{i−1} at i, at least smallest_square in size; 0 at 0
  double tolerance;        ///< ε‖T‖, no less than the distance of neighbouring numbers among the shifts
};

/// The characteristic polynomial p_n(x) = det(T − x) = mantissa · 2^exponent, and the eigenvalues below x.
struct SturmPoint {
  double x;
  double mantissa;
  int64_t exponent;
  uint64_t count;
};

/// As many shifts as leave the registers of evaluate() room for p, q, x and the count of each, the broadcasts
/// and a temporary.
constexpr int shift_vectors = vector_registers / 5;
constexpr int shifts = shift_vectors * lanes<double>;

/// Off-diagonals are raised to 1.1e-18, which moves no eigenvalue by more than 0.01 ε: no split of the matrix
/// needs a case of its own. No round number, which entries might hit.
constexpr double smallest_square = 1.2345e-36;

/// Steps between two rescalings. A step grows the pair (p, q) by a factor of 5 at most. Two steps at an
/// eigenvalue that is a diagonal entry shrink it by smallest_square, three may by its square if two
/// cancellations meet: 5e-288 in twelve steps at worst.
constexpr uint64_t rescaling_interval = 12;

/// Fills in mantissa and exponent of `shifts` points, and the count if `counting`. The leading minors of T −
/// x obey p_{i+1} = (d_i − x) p_i − e²_{i−1} p_{i−1}, and their sign changes count the eigenvalues below x
/// (Givens 1954; Golub and Van Loan, Matrix Computations, section 8.4). The bits of a point do not depend on
/// the others.
template <bool counting>
void evaluate(const SturmMatrix& t, SturmPoint* points) {
  using Real = Vector<double>;
  using Bits = Vector<uint64_t>;
  constexpr uint64_t exponent_bits = uint64_t{0x7ff} << 52;
  constexpr uint64_t bias = 1023;

  Real x[shift_vectors];
  Real p[shift_vectors];
  Real q[shift_vectors];
  Bits changes[shift_vectors];
  Bits exponent[shift_vectors];
  for (int v = 0; v < shift_vectors; ++v) {
    for (int l = 0; l < lanes<double>; ++l) x[v][l] = points[v * lanes<double> + l].x;
    p[v] = broadcast(1.0);
    q[v] = Real{};
    changes[v] = exponent[v] = Bits{};
  }

  uint64_t rescalings = 0;
  for (uint64_t i = 0; i < t.n; ++rescalings) {
    const uint64_t stop = t.n - i < rescaling_interval ? t.n : i + rescaling_interval;
    for (; i < stop; ++i) {
      const Real diagonal = broadcast(t.diagonal[i]);
      const Real coupling = broadcast(t.coupling[i]);
      for (int v = 0; v < shift_vectors; ++v) {
        const Real next = (diagonal - x[v]) * p[v] + coupling * q[v];
        if constexpr (counting) changes[v] += ((Bits)next ^ (Bits)p[v]) >> 63;
        q[v] = p[v];
        p[v] = next;
      }
    }
    for (int v = 0; v < shift_vectors; ++v) {
      // The exponent of |p| + |q|, and the power of two that brings it to zero.
      const Real magnitude = (Real)((Bits)p[v] << 1 >> 1) + (Real)((Bits)q[v] << 1 >> 1);
      const Bits size = (Bits)magnitude & exponent_bits;
      const Real scale = (Real)((2 * bias << 52) - size);
      p[v] *= scale;
      q[v] *= scale;
      exponent[v] += size >> 52;
    }
  }

  for (int v = 0; v < shift_vectors; ++v) {
    for (int l = 0; l < lanes<double>; ++l) {
      SturmPoint& point = points[v * lanes<double> + l];
      point.mantissa = p[v][l];
      point.exponent = static_cast<int64_t>(exponent[v][l] - rescalings * bias);
      if constexpr (counting) point.count = changes[v][l];
    }
  }
}

}  // namespace spectrap::simd::SPECTRAP_ISA
