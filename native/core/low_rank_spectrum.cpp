#include "low_rank_spectrum.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "buffer.h"
#include "clones.h"
#include "error.h"
#include "low_rank.h"
#include "memory_matrix.h"

namespace spectrap {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

SPECTRAP_CLONES double dot(const double* a, const double* b, uint64_t count) {
  constexpr uint64_t lanes = 8;
  double sums[lanes] = {};
  uint64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (uint64_t lane = 0; lane < lanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (; i < count; ++i) sums[0] += a[i] * b[i];
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

SPECTRAP_CLONES void subtract(double factor, const double* a, uint64_t count, double* from) {
  for (uint64_t i = 0; i < count; ++i) from[i] -= factor * a[i];
}

/// A small matrix, row-major, times 2^exponent.
struct Scaled {
  uint64_t rows;
  uint64_t cols;
  std::vector<double> values;
  int exponent;

  double norm() const { return std::sqrt(dot(values.data(), values.data(), values.size())); }
};

/// Divides by a power of two so that the largest entry is in [1/2, 1); returns its exponent.
int normalize(double* values, uint64_t count) {
  double largest = 0;
  for (uint64_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(values[i]));
  int exponent = 0;
  std::frexp(largest, &exponent);
  for (uint64_t i = 0; i < count; ++i) values[i] = std::ldexp(values[i], -exponent);
  return exponent;
}

/// R of A = QR by Householder's reflections (G. H. Golub, C. F. Van Loan, Matrix Computations, 5.2.1):
/// min(rows, cols) × cols. `a` is column-major and lost.
Scaled r_factor(double* a, uint64_t rows, uint64_t cols) {
  const uint64_t steps = std::min(rows, cols);
  Scaled r{steps, cols, std::vector<double>(steps * cols, 0.0), normalize(a, rows * cols)};
  for (uint64_t j = 0; j < steps; ++j) {
    double* v = a + j * rows + j;
    const uint64_t length = rows - j;
    const double norm = std::sqrt(dot(v, v, length));
    r.values[j * cols + j] = v[0] > 0 ? -norm : norm;
    if (norm > 0) {
      const double factor = 1 / (norm * (norm + std::abs(v[0])));
      v[0] -= r.values[j * cols + j];
      for (uint64_t k = j + 1; k < cols; ++k) {
        double* column = a + k * rows + j;
        subtract(factor * dot(v, column, length), v, length, column);
      }
    }
    for (uint64_t k = j + 1; k < cols; ++k) r.values[j * cols + k] = a[k * rows + j];
  }
  return r;
}

/// The core, and the error of its singular values.
struct Core {
  Matrix matrix;
  double rounding = 0;
};

Matrix core_shape(const LowRank& product) {
  const uint64_t rank = product.right.rows;
  return memory_shape(Encoding::f64, std::min(product.left.rows, rank), std::min(product.right.cols, rank));
}

Core core_of(const LowRank& product) {
  Factors factors(product);
  const uint64_t rank = factors.rank;
  const uint64_t rows = product.left.rows;
  Buffer<double> columns(rows * rank);
  for (uint64_t r = 0; r < rows; ++r) {
    for (uint64_t k = 0; k < rank; ++k) columns[k * rows + r] = factors.left[r * rank + k];
  }
  const Scaled left = r_factor(columns.data(), rows, rank);
  const Scaled right = r_factor(factors.right.data(), product.right.cols, rank);

  Core core{core_shape(product), 0};
  core.matrix.name = "core";
  auto values = std::make_shared<std::vector<double>>(std::max<uint64_t>(core.matrix.count(), 1));
  const int exponent = left.exponent + right.exponent;
  for (uint64_t i = 0; i < core.matrix.rows; ++i) {
    for (uint64_t j = 0; j < core.matrix.cols; ++j) {
      const double sum = dot(left.values.data() + i * rank, right.values.data() + j * rank, rank);
      (*values)[i * core.matrix.cols + j] = std::ldexp(sum * product.scale, exponent);
    }
  }
  core.matrix.memory = elements_of(values);
  // A few ε for each of the rank reflections, of either sign.
  const double growth = 16 * std::sqrt(static_cast<double>(rank)) * epsilon;
  core.rounding = std::ldexp(growth * left.norm() * right.norm() * std::abs(product.scale), exponent);
  return core;
}

Problem core_problem(const Problem& problem, const Matrix& core) {
  Problem small;
  small.matrix = core;
  small.backend = problem.backend;
  // Small enough for float64, whatever was asked for.
  small.precision = problem.precision == Precision::reference ? Precision::reference : Precision::double_;
  return small;
}

void check_sum(const std::vector<double>& eigenvalues, double sum_squares, double tolerance) {
  double sum = 0;
  for (const double value : eigenvalues) sum += value;
  if (std::abs(sum - sum_squares) <= tolerance * sum_squares) return;
  throw Error("SPECTRUM_CHECK", "the eigenvalues from the factors do not add up to the norm of the product");
}

}  // namespace

bool is_plain_product(const Matrix& matrix) {
  return matrix.low_rank != nullptr && !matrix.low_rank->base.has_value();
}

ProductSpectrum product_spectrum(const Problem& problem, double sum_squares,
                                 const std::atomic<bool>& cancelled, Team& team) {
  ProductSpectrum result;
  const Matrix& matrix = problem.matrix;
  result.eigenvalues.assign(matrix.smaller(), 0.0);
  Core core;
  {
    const StageTimer timer(result.seconds.gram);
    core = core_of(*matrix.low_rank);
  }
  const MatrixSpectra small = spectra(core_problem(problem, core.matrix), cancelled, team);
  const std::vector<double>& values = small.taps.at(0).eigenvalues;
  std::copy(values.begin(), values.end(),
            result.eigenvalues.end() - static_cast<std::ptrdiff_t>(values.size()));
  const double largest = values.empty() ? 0 : values.back();
  const double relative = largest > 0 ? core.rounding / std::sqrt(largest) : 0;
  result.promise = std::max(small.promise, 2 * relative);
  const auto length = static_cast<double>(matrix.larger());
  check_sum(values, sum_squares,
            64 * epsilon * std::sqrt(length) + 2 * relative * static_cast<double>(values.size()));
  result.seconds += small.seconds;
  return result;
}

uint64_t product_spectrum_bytes(const Problem& problem) {
  const LowRank& product = *problem.matrix.low_rank;
  const Matrix core = core_shape(product);
  const uint64_t factors = Factors::bytes(product) + Buffer<double>::bytes(product.left.count());
  return factors + 3 * core.count() * sizeof(double) + spectra_bytes(core_problem(problem, core));
}

}  // namespace spectrap
