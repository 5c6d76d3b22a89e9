#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "matrix.h"
#include "team.h"

namespace spectrap {

/// Sums over the pairs of entries (a, b) of two matrices of one shape, in float64.
struct DistanceSums {
  uint64_t changed = 0;   ///< pairs with a ≠ b; zeros of either sign are equal
  double difference = 0;  ///< Σ|a − b|
  double squares = 0;     ///< Σ(a − b)²
  double first = 0;       ///< Σ|a|
  double second = 0;      ///< Σ|b|
  double first_squares = 0;
  double second_squares = 0;
  double largest = 0;     ///< of |a − b|
  uint64_t position = 0;  ///< of the first such pair: row·cols + col
};

/// One tap of two matrices.
struct TapDistance {
  DistanceSums sums;
  std::optional<double> cka;  ///< none if not asked for, or undefined: a matrix is zero
};

/// One pass over both matrices, a few rows at a time; with `cka` also linear_cka() of every tap (cka.h). Both
/// have the same rows, cols and taps. Throws NON_FINITE, ERR_CANCELLED and whatever reading throws.
std::vector<TapDistance> distance(const Matrix& first, const Matrix& second, bool cka,
                                  const std::atomic<bool>& cancelled, Team& team);

/// Peak bytes distance() allocates.
uint64_t distance_bytes(const Matrix& first, const Matrix& second, bool cka);

}  // namespace spectrap
