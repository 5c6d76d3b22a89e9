#include "inverse_iteration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "error.h"
#include "philox.h"

namespace spectrap {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

double dot(const double* x, const double* y, uint64_t n) {
  double sum = 0;
  for (uint64_t i = 0; i < n; ++i) sum += x[i] * y[i];
  return sum;
}

/// The largest sum of a row's absolute values: ‖B‖∞, an upper bound of ‖B‖₂.
double row_sum_norm(const SymmetricBand& band, double* sums) {
  std::fill(sums, sums + band.n, 0.0);
  for (uint64_t col = 0; col < band.n; ++col) {
    const uint64_t end = std::min(band.n, col + band.b + 1);
    sums[col] += std::abs(band.at(col, col));
    for (uint64_t row = col + 1; row < end; ++row) {
      sums[col] += std::abs(band.at(row, col));
      sums[row] += std::abs(band.at(row, col));
    }
  }
  return *std::max_element(sums, sums + band.n);
}

/// B − λI = P·L·U with row exchanges. Row i of U starts at its diagonal and has 2b + 1 entries; the
/// multipliers of column i stand beside it.
class ShiftedFactors {
 public:
  static uint64_t scratch(uint64_t n, uint64_t b) { return n * (2 * b + 1) + n * b + n; }

  ShiftedFactors(const SymmetricBand& band, double* scratch)
      : band_(band),
        width_(2 * band.b + 1),
        u_(scratch),
        multipliers_(u_ + band.n * width_),
        exchange_(multipliers_ + band.n * band.b) {}

  /// Pivots below `smallest` are replaced by it: that the shift is an eigenvalue is what makes the iteration
  /// converge.
  void factor(double shift, double smallest) {
    const uint64_t n = band_.n;
    const uint64_t b = band_.b;
    // Row r is filled when it comes into reach; then it starts at column max(0, r − b).
    for (uint64_t i = 0; i < n; ++i) {
      if (i == 0) {
        for (uint64_t r = 0; r < std::min(n, b + 1); ++r) fill_row(r, 0, shift);
      } else if (i + b < n) {
        fill_row(i + b, i, shift);
      }
      const uint64_t last = std::min(n, i + b + 1);
      uint64_t pivot = i;
      for (uint64_t r = i + 1; r < last; ++r) {
        if (std::abs(row(r)[0]) > std::abs(row(pivot)[0])) pivot = r;
      }
      exchange_[i] = static_cast<double>(pivot - i);
      if (pivot != i) std::swap_ranges(row(i), row(i) + width_, row(pivot));
      if (std::abs(row(i)[0]) < smallest) row(i)[0] = smallest;
      const double* top = row(i);
      for (uint64_t r = i + 1; r < last; ++r) {
        double* x = row(r);
        const double multiplier = x[0] / top[0];
        multipliers_[i * b + (r - i - 1)] = multiplier;
        for (uint64_t c = 1; c < width_; ++c) x[c - 1] = x[c] - multiplier * top[c];
        x[width_ - 1] = 0;
      }
    }
  }

  /// x ← (B − λI)⁻¹·x.
  void solve(double* x) const {
    const uint64_t n = band_.n;
    const uint64_t b = band_.b;
    for (uint64_t i = 0; i < n; ++i) {
      std::swap(x[i], x[i + static_cast<uint64_t>(exchange_[i])]);
      for (uint64_t r = i + 1; r < std::min(n, i + b + 1); ++r)
        x[r] -= multipliers_[i * b + (r - i - 1)] * x[i];
    }
    for (uint64_t i = n; i-- > 0;) {
      const double* top = u_ + i * width_;
      const uint64_t reach = std::min(width_, n - i);
      x[i] = (x[i] - dot(top + 1, x + i + 1, reach - 1)) / top[0];
    }
  }

 private:
  double* row(uint64_t i) { return u_ + i * width_; }

  /// Row r of B − λI from column `from` on; columns that do not exist are zero.
  void fill_row(uint64_t r, uint64_t from, double shift) {
    double* x = row(r);
    for (uint64_t c = from; c < from + width_; ++c) {
      double value = 0;
      if (c < band_.n) {
        const uint64_t low = std::max(r, c);
        const uint64_t high = std::min(r, c);
        if (low - high <= band_.b) value = band_.at(low, high);
      }
      x[c - from] = c == r ? value - shift : value;
    }
  }

  const SymmetricBand& band_;
  uint64_t width_;
  double* u_;
  double* multipliers_;
  double* exchange_;
};

/// Removes from x what it has of the vectors before it, twice: once leaves the rounding errors of a large
/// part.
void orthogonalize(double* x, const double* vectors, uint64_t count, uint64_t n) {
  for (int pass = 0; pass < 2; ++pass) {
    for (uint64_t k = 0; k < count; ++k) {
      const double* v = vectors + k * n;
      const double part = dot(v, x, n);
      for (uint64_t i = 0; i < n; ++i) x[i] -= part * v[i];
    }
  }
}

bool normalize(double* x, uint64_t n) {
  double largest = 0;
  for (uint64_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(x[i]));
  if (!(largest > 0) || !std::isfinite(largest)) return false;
  for (uint64_t i = 0; i < n; ++i) x[i] /= largest;
  const double norm = std::sqrt(dot(x, x, n));
  for (uint64_t i = 0; i < n; ++i) x[i] /= norm;
  return true;
}

/// ‖Bx − λx‖.
double residual(const SymmetricBand& band, double eigenvalue, const double* x, double* product) {
  for (uint64_t i = 0; i < band.n; ++i) product[i] = -eigenvalue * x[i];
  for (uint64_t col = 0; col < band.n; ++col) {
    const uint64_t end = std::min(band.n, col + band.b + 1);
    product[col] += band.at(col, col) * x[col];
    for (uint64_t row = col + 1; row < end; ++row) {
      product[row] += band.at(row, col) * x[col];
      product[col] += band.at(row, col) * x[row];
    }
  }
  return std::sqrt(dot(product, product, band.n));
}

/// Uniform in (−1, 1), the same on every machine.
void random_start(double* x, uint64_t n, uint64_t vector, uint32_t attempt) {
  for (uint64_t i = 0; i < n; ++i) {
    const auto words = philox4x32(
        {static_cast<uint32_t>(i), static_cast<uint32_t>(i >> 32), static_cast<uint32_t>(vector), attempt},
        {0, 0});
    x[i] = (static_cast<double>(words[0]) + 0.5) * 0x1p-31 - 1;
  }
}

}  // namespace

uint64_t inverse_iteration_scratch(uint64_t n, uint64_t b) { return ShiftedFactors::scratch(n, b) + n; }

void inverse_iteration(const SymmetricBand& band, const double* eigenvalues, uint64_t count, double accuracy,
                       double* vectors, double* scratch) {
  constexpr uint32_t attempts = 4;
  constexpr int iterations = 3;
  const uint64_t n = band.n;
  if (n == 0) return;
  ShiftedFactors factors(band, scratch);
  double* product = scratch + ShiftedFactors::scratch(n, band.b);
  const double norm = row_sum_norm(band, product);
  const double smallest_pivot = epsilon * (norm > 0 ? norm : 1);
  const double tolerance = 4 * static_cast<double>(n) * accuracy * norm;
  for (uint64_t k = 0; k < count; ++k) {
    factors.factor(eigenvalues[k], smallest_pivot);
    double* x = vectors + k * n;
    bool found = false;
    for (uint32_t attempt = 0; attempt < attempts && !found; ++attempt) {
      random_start(x, n, k, attempt);
      bool usable = true;
      for (int i = 0; i < iterations && usable; ++i) {
        factors.solve(x);
        usable = normalize(x, n);
        orthogonalize(x, vectors, k, n);
        usable = usable && normalize(x, n);
      }
      found = usable && residual(band, eigenvalues[k], x, product) <= tolerance;
    }
    if (!found) {
      throw Error("NO_CONVERGENCE",
                  "eigenvector " + std::to_string(k) + " of " + std::to_string(count) + " did not converge");
    }
  }
}

}  // namespace spectrap
