#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace spectrap {

/// An entry and where it stands: row·cols + col.
struct Extreme {
  double value;
  uint64_t position;
};

/// Entries kept at each end of a matrix, at most.
constexpr uint64_t extreme_count = 1024;

/// Sums over the finite entries of a matrix, in float64.
struct MomentSums {
  uint64_t count = 0;  ///< of all entries
  uint64_t zeros = 0;  ///< of either sign
  uint64_t nan = 0;
  uint64_t inf = 0;
  uint64_t first_non_finite = std::numeric_limits<uint64_t>::max();  ///< lowest position of one
  double shift = 0;               ///< near the mean, so that the central moments do not cancel
  std::array<double, 4> sums{};   ///< Σ(w − shift)^k, k = 1…4
  double sum_squares = 0;         ///< Σw²
  std::vector<Extreme> smallest;  ///< ascending; among equals the lowest position first
  std::vector<Extreme> largest;   ///< descending, likewise
};

/// A float64 sum that carries its rounding error along (Neumaier 1974).
class CompensatedSum {
 public:
  void add(double term);
  double value() const;

 private:
  double sum_ = 0;
  double error_ = 0;
};

/// Keeps the `count` entries of largest sign·value; among equals those of lowest position, whatever the order
/// they are offered in.
class ExtremeKeeper {
 public:
  explicit ExtremeKeeper(double sign, uint64_t count = extreme_count);

  /// No entry of type Real at or after `position` with sign·value below this is kept. All entries are of one
  /// type.
  template <class Real>
  Real limit(uint64_t position) const;
  void offer(double value, uint64_t position);
  std::vector<Extreme> result() const;

 private:
  void prune();

  double sign_;
  uint64_t count_;
  std::vector<Extreme> kept_;  ///< values times sign; at most 2·count, the rest is pruned in batches
  Extreme worst_;              ///< of the best `count` at the last pruning
};

/// Moments of a matrix that arrives in blocks, in any order and all of one type. The bits of the sums depend
/// on the order, those of the rest do not. Allocates once, about 64 KB.
class Moments {
 public:
  Moments();

  /// Adds rows [row0, row0 + rows) × columns [col0, col0 + cols), given row-major, of a matrix that is
  /// `total_cols` wide.
  void add(const float* values, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols,
           uint64_t total_cols);
  void add(const double* values, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols,
           uint64_t total_cols);

  MomentSums result() const;

 private:
  template <class Real>
  void add_block(const Real* values, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols,
                 uint64_t total_cols);
  template <class Real>
  void add_chunk(const Real* values, uint64_t count, uint64_t position);
  template <class Real>
  uint64_t sort_out_non_finite(const Real* values, uint64_t count, uint64_t position, Real* finite);
  template <class Real>
  void offer_extremes(const Real* values, uint64_t count, uint64_t position);

  MomentSums counts_;
  bool shifted_ = false;
  std::array<CompensatedSum, 4> sums_;
  CompensatedSum sum_squares_;
  ExtremeKeeper smallest_;
  ExtremeKeeper largest_;
};

}  // namespace spectrap
