#include "spectrum.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "block_source.h"
#include "buffer.h"
#include "decode.h"
#include "eigen.h"
#include "error.h"
#include "gram.h"

namespace spectrap {
namespace {

/// Adds the seconds until its end to a stage.
class StageTimer {
 public:
  explicit StageTimer(double& seconds) : seconds_(seconds), start_(Clock::now()) {}
  ~StageTimer() { seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double& seconds_;
  Clock::time_point start_;
};

void check_cancelled(const std::atomic<bool>& cancelled) {
  if (cancelled.load(std::memory_order_relaxed)) throw Error("ERR_CANCELLED", "the analysis was cancelled");
}

/// Rows decoded at a time for moments and shuffle: about 2 MB of codes, so that they stay in cache.
uint64_t row_block(const Matrix& matrix) {
  constexpr uint64_t elements = uint64_t{1} << 20;
  return std::clamp<uint64_t>(elements / std::max<uint64_t>(matrix.cols, 1), 1,
                              std::max<uint64_t>(matrix.rows, 1));
}

/// Calls visit(first row, rows, codes) over one tap in row-major order.
template <class Visit>
void for_each_row_block(BlockReader& reader, const Matrix& matrix, uint64_t tap, Visit visit) {
  const uint64_t step = row_block(matrix);
  Buffer<std::byte> codes(step * matrix.cols * code_width(matrix.encoding));
  for (uint64_t row = 0; row < matrix.rows; row += step) {
    const uint64_t rows = std::min(step, matrix.rows - row);
    reader.read(tap, row, rows, 0, matrix.cols, codes.data());
    visit(row, rows, codes.data());
  }
}

template <class Real>
MomentSums decoded_moments(BlockReader& reader, const Matrix& matrix, uint64_t tap) {
  Moments moments;
  Buffer<Real> values(row_block(matrix) * matrix.cols);
  for_each_row_block(reader, matrix, tap, [&](uint64_t row, uint64_t rows, const std::byte* codes) {
    decode(matrix.encoding, codes, rows * matrix.cols, values.data());
    moments.add(values.data(), row, rows, 0, matrix.cols, matrix.cols);
  });
  return moments.result();
}

void check_finite(const MomentSums& moments, const Matrix& matrix) {
  if (moments.nan + moments.inf == 0) {
    if (std::isfinite(moments.sum_squares)) return;
    throw Error("NON_FINITE", "the squared norm of the matrix is beyond float64");
  }
  const uint64_t row = moments.first_non_finite / matrix.cols;
  const uint64_t col = moments.first_non_finite % matrix.cols;
  throw Error("NON_FINITE", std::to_string(moments.nan) + " NaN and " + std::to_string(moments.inf) +
                                " infinite entries, the first at row " + std::to_string(row) + ", column " +
                                std::to_string(col));
}

MomentSums tap_moments(BlockReader& reader, const Matrix& matrix, uint64_t tap, StageSeconds& seconds) {
  const StageTimer timer(seconds.moments);
  MomentSums moments = matrix.encoding == Encoding::f64 ? decoded_moments<double>(reader, matrix, tap)
                                                        : decoded_moments<float>(reader, matrix, tap);
  check_finite(moments, matrix);
  return moments;
}

/// The power of two that brings the largest entry into [1/2, 1), as far as Real can hold it; 1 for a zero
/// matrix.
template <class Real>
double unit_scale(const MomentSums& moments, Encoding encoding) {
  double largest = 0;
  if (!moments.largest.empty()) largest = std::abs(moments.largest.front().value);
  if (!moments.smallest.empty()) largest = std::max(largest, std::abs(moments.smallest.front().value));
  if (largest == 0) return 1;
  // The scale must be a normal number of the type that is multiplied by it; F64 is scaled before it is
  // narrowed.
  const int limit = encoding == Encoding::f64 ? -std::numeric_limits<double>::min_exponent
                                              : -std::numeric_limits<Real>::min_exponent;
  int exponent = 0;
  std::frexp(largest, &exponent);
  return std::ldexp(1.0, std::clamp(-exponent, -limit, limit));
}

/// Both identities hold to rounding: a few ε per eigenvalue, growing like the square root of the longer sum.
template <class Real>
double check_tolerance(const Matrix& shape) {
  return 64 * static_cast<double>(std::numeric_limits<Real>::epsilon()) * std::sqrt(shape.larger());
}

void check_identity(const char* what, double got, double expected, double tolerance) {
  if (std::abs(got - expected) <= tolerance * expected) return;
  throw Error("SPECTRUM_CHECK", std::string(what) + " is " + std::to_string(got / expected) +
                                    " times what the matrix has; the spectrum is not to be trusted");
}

/// Gram matrix of one shape in one precision, and its eigenvalues.
template <class Real>
class GramSolver {
 public:
  explicit GramSolver(const Matrix& shape)
      : shape_(shape), m_(shape.smaller()), g_(m_ * m_), tolerance_(check_tolerance<Real>(shape)) {}

  void form(BlockSource& source, double scale, StageSeconds& seconds) {
    const StageTimer timer(seconds.gram);
    scale_ = scale;
    gram(source, shape_, scale, g_.data());
  }

  /// Makes this the sum of two Gram matrices of the same size and scale.
  void add(const GramSolver& other) {
    for (uint64_t i = 0; i < m_ * m_; ++i) g_[i] += other.g_[i];
  }

  void clear(double scale) {
    scale_ = scale;
    std::fill(g_.data(), g_.data() + m_ * m_, Real{0});
  }

  /// Eigenvalues of WᵀW; destroys the Gram matrix. `sum_squares` is ‖W‖²_F from the moments.
  std::vector<double> solve(double sum_squares, StageSeconds& seconds, const std::atomic<bool>& cancelled) {
    check_cancelled(cancelled);
    const double norm_squared = gram_norm_squared(g_.data(), m_);
    Tridiagonal t;
    {
      const StageTimer timer(seconds.reduce);
      t = tridiagonalize(g_.data(), m_);
    }
    check_cancelled(cancelled);
    const StageTimer timer(seconds.roots);
    std::vector<double> eigenvalues = tridiagonal_eigenvalues(std::move(t));
    double sum = 0;
    double sum_of_squares = 0;
    for (const double value : eigenvalues) {
      sum += value;
      sum_of_squares += value * value;
    }
    check_identity("the sum of the eigenvalues", sum, sum_squares * scale_ * scale_, tolerance_);
    check_identity("the sum of the squared eigenvalues", sum_of_squares, norm_squared, tolerance_);
    // Below the promise a computed eigenvalue may be negative; none of WᵀW is.
    for (double& value : eigenvalues) value = std::max(value, 0.0) / scale_ / scale_;
    return eigenvalues;
  }

 private:
  Matrix shape_;
  uint64_t m_;
  Buffer<Real> g_;
  double tolerance_;
  double scale_ = 1;
};

/// Spectra of the shuffled copies of one tap. A copy holds codes, the narrowest exact representation.
template <class Real>
std::vector<std::vector<double>> shuffled_spectra(const Problem& problem, BlockReader& reader, uint32_t tap,
                                                  const MomentSums& moments, GramSolver<Real>& solver,
                                                  double scale, StageSeconds& seconds,
                                                  const std::atomic<bool>& cancelled) {
  const Matrix& matrix = problem.matrix;
  const uint64_t width = code_width(matrix.encoding);
  std::vector<std::vector<double>> spectra;
  if (problem.replicas == 0) return spectra;
  Buffer<std::byte> copy(matrix.count() * width);
  for (uint32_t replica = 0; replica < problem.replicas; ++replica) {
    check_cancelled(cancelled);
    {
      const StageTimer timer(seconds.shuffle);
      const ShuffleKey key{{problem.key[0], problem.key[1]}, tap, replica};
      BucketShuffle shuffle(key, matrix.count(), width, copy.data());
      for_each_row_block(reader, matrix, tap, [&](uint64_t, uint64_t rows, const std::byte* codes) {
        shuffle.append(codes, rows * matrix.cols);
      });
      shuffle.finish();
    }
    CopiedBlocks shuffled(copy.data(), matrix.cols, width);
    solver.form(shuffled, scale, seconds);
    spectra.push_back(solver.solve(moments.sum_squares, seconds, cancelled));
  }
  return spectra;
}

template <class Real>
MatrixSpectra spectra_in(const Problem& problem, const std::atomic<bool>& cancelled) {
  const Matrix& matrix = problem.matrix;
  MatrixSpectra result;
  BlockReader reader(matrix);
  GramSolver<Real> solver(matrix);
  for (uint32_t tap = 0; tap < matrix.taps; ++tap) {
    check_cancelled(cancelled);
    TapSpectra& out = result.taps.emplace_back();
    out.moments = tap_moments(reader, matrix, tap, result.seconds);
    const double scale = unit_scale<Real>(out.moments, matrix.encoding);
    StoredBlocks stored(reader, tap);
    solver.form(stored, scale, result.seconds);
    out.eigenvalues = solver.solve(out.moments.sum_squares, result.seconds, cancelled);
    out.shuffled =
        shuffled_spectra(problem, reader, tap, out.moments, solver, scale, result.seconds, cancelled);
  }
  reader.check_unchanged();
  return result;
}

template <class Real>
std::array<MatrixSpectra, 3> fused_spectra_in(const std::array<const Problem*, 3>& problems,
                                              const std::atomic<bool>& cancelled) {
  const Problem& fused = *problems[2];
  std::array<MatrixSpectra, 3> results;
  BlockReader fused_reader(fused.matrix);
  const auto add_tap = [](MatrixSpectra& result) -> TapSpectra& { return result.taps.emplace_back(); };

  TapSpectra& whole = add_tap(results[2]);
  whole.moments = tap_moments(fused_reader, fused.matrix, 0, results[2].seconds);
  const double scale = unit_scale<Real>(
      whole.moments, fused.matrix.encoding);  // one for all three, so that the Gram matrices add up

  GramSolver<Real> sum(fused.matrix);
  sum.clear(scale);
  for (const size_t half : {size_t{0}, size_t{1}}) {
    const Problem& problem = *problems[half];
    StageSeconds& seconds = results[half].seconds;
    BlockReader reader(problem.matrix);
    GramSolver<Real> solver(problem.matrix);
    TapSpectra& out = add_tap(results[half]);
    out.moments = tap_moments(reader, problem.matrix, 0, seconds);
    StoredBlocks stored(reader, 0);
    solver.form(stored, scale, seconds);
    sum.add(solver);
    out.eigenvalues = solver.solve(out.moments.sum_squares, seconds, cancelled);
    out.shuffled = shuffled_spectra(problem, reader, 0, out.moments, solver, scale, seconds, cancelled);
    reader.check_unchanged();
  }
  whole.eigenvalues = sum.solve(whole.moments.sum_squares, results[2].seconds, cancelled);
  whole.shuffled =
      shuffled_spectra(fused, fused_reader, 0, whole.moments, sum, scale, results[2].seconds, cancelled);
  fused_reader.check_unchanged();
  return results;
}

template <class Real>
uint64_t gram_bytes(const Matrix& matrix) {
  return Buffer<Real>::bytes(matrix.smaller() * matrix.smaller());
}

/// The Gram matrix, and beside it the larger of: a copy being shuffled, a copy being multiplied, the
/// reduction.
template <class Real>
uint64_t bytes_in(const Problem& problem) {
  const Matrix& matrix = problem.matrix;
  const uint64_t width = code_width(matrix.encoding);
  const uint64_t copy = problem.replicas == 0 ? 0 : Buffer<std::byte>::bytes(matrix.count() * width);
  const uint64_t rows = row_block(matrix) * matrix.cols;
  const uint64_t moments = Buffer<std::byte>::bytes(rows * width) + Buffer<double>::bytes(rows);
  const uint64_t shuffle =
      Buffer<std::byte>::bytes(rows * width) + BucketShuffle::scratch_bytes(matrix.count());
  const uint64_t reduce = tridiagonalize_scratch_bytes<Real>(matrix.smaller());
  return gram_bytes<Real>(matrix) + BlockReader::resident_bytes(matrix) + copy +
         std::max({moments, shuffle, gram_scratch_bytes<Real>(matrix), reduce});
}

bool halves_add_up(const Problem& gate, const Problem& up, const Problem& fused) {
  return gate.matrix.tall() && up.matrix.tall() && gate.matrix.cols == fused.matrix.cols &&
         up.matrix.cols == fused.matrix.cols;
}

}  // namespace

double promise(Precision precision) { return precision == Precision::single ? 1e-5 : 1e-12; }

uint64_t spectra_bytes(const Problem& problem) {
  return problem.precision == Precision::single ? bytes_in<float>(problem) : bytes_in<double>(problem);
}

MatrixSpectra spectra(const Problem& problem, const std::atomic<bool>& cancelled) {
  check_cancelled(cancelled);
  return problem.precision == Precision::single ? spectra_in<float>(problem, cancelled)
                                                : spectra_in<double>(problem, cancelled);
}

uint64_t fused_spectra_bytes(const Problem& fused) {
  const uint64_t second_gram = fused.precision == Precision::single ? gram_bytes<float>(fused.matrix)
                                                                    : gram_bytes<double>(fused.matrix);
  return spectra_bytes(fused) + second_gram + BlockReader::resident_bytes(fused.matrix);
}

std::array<MatrixSpectra, 3> fused_spectra(const Problem& gate, const Problem& up, const Problem& fused,
                                           const std::atomic<bool>& cancelled) {
  check_cancelled(cancelled);
  if (!halves_add_up(gate, up, fused)) {
    return {spectra(gate, cancelled), spectra(up, cancelled), spectra(fused, cancelled)};
  }
  const std::array<const Problem*, 3> problems{&gate, &up, &fused};
  return fused.precision == Precision::single ? fused_spectra_in<float>(problems, cancelled)
                                              : fused_spectra_in<double>(problems, cancelled);
}

}  // namespace spectrap
