#include "eigenvectors.h"

#include <algorithm>
#include <string>
#include <utility>

#include "blas.h"
#include "blas_gram.h"
#include "block_source.h"
#include "buffer.h"
#include "error.h"
#include "native_gram.h"
#include "spectrum_check.h"
#include "tap_moments.h"

namespace spectrap {
namespace {

// Scratch that dsyevd documents for eigenvectors: 1 + 6n + 2n² reals, 3 + 5n integers.
uint64_t syevd_reals(uint64_t n) { return 1 + 6 * n + 2 * n * n; }
uint64_t syevd_integers(uint64_t n) { return 3 + 5 * n; }

/// Largest order whose scratch LAPACK's 32-bit integers can count.
constexpr uint64_t largest_order = 32766;

/// All eigenvalues, ascending; `g` becomes the eigenvectors, one after another.
std::vector<double> decompose(Buffer<double>& g, uint64_t n) {
  if (n == 0) return {};
  if (n > largest_order) {
    throw Error("LAPACK_FAILED", "syevd cannot count the scratch of order " + std::to_string(n));
  }
  std::vector<double> values(n);
  Buffer<double> work(syevd_reals(n));
  Buffer<int> integers(syevd_integers(n));
  const int info =
      Blas::get().syevd(static_cast<int>(n), g.data(), values.data(), work.data(),
                        static_cast<int>(work.size()), integers.data(), static_cast<int>(integers.size()));
  if (info != 0) throw Error("NO_CONVERGENCE", "the divide and conquer of dsyevd did not converge");
  return values;
}

/// All of them, or those of the lapack backend: by divide and conquer.
EigenPairs lapack_pairs(const Problem& problem, uint64_t top, const std::atomic<bool>& cancelled) {
  const Matrix& matrix = problem.matrix;
  const uint64_t m = matrix.smaller();
  StageSeconds seconds;
  BlockReader reader(matrix);
  const MomentSums moments = tap_moments(reader, matrix, 0, seconds).moments;
  const double scale = unit_scale<double>(moments, matrix.encoding);
  check_cancelled(cancelled);
  Buffer<double> g(m * m);
  StoredBlocks stored(reader, 0);
  gram(stored, matrix, scale, g.data());
  reader.check_unchanged();
  const double norm_squared = gram_norm_squared(g.data(), m);
  check_cancelled(cancelled);
  EigenPairs pairs;
  pairs.values = decompose(g, m);
  check_spectrum<double>(pairs.values, moments.sum_squares * scale * scale, norm_squared, matrix);
  for (double& value : pairs.values) value = std::max(value, 0.0) / scale / scale;
  pairs.vectors.assign(g.data() + (m - top) * m, g.data() + m * m);
  return pairs;
}

template <class Real>
EigenPairs native_pairs(const Problem& problem, uint64_t top, const std::atomic<bool>& cancelled,
                        Team& team) {
  const Matrix& matrix = problem.matrix;
  StageSeconds seconds;
  BlockReader reader(matrix);
  const auto [moments, digits] = tap_moments(reader, matrix, 0, seconds);
  check_cancelled(cancelled);
  NativeGram<Real> gram(matrix, team);
  gram.choose(digits);
  StoredBlocks stored(reader, 0);
  gram.form(stored, unit_scale<Real>(moments, matrix.encoding), seconds);
  reader.check_unchanged();
  auto [values, vectors] = gram.top_pairs(top, moments.sum_squares, seconds, cancelled);
  return {std::move(values), std::move(vectors)};
}

}  // namespace

bool eigen_needs_blas(const Problem& problem, uint64_t top) {
  return needs_blas(problem) || (top > 0 && top == problem.matrix.smaller());
}

uint64_t eigen_bytes(const Problem& problem, uint64_t top) {
  if (top == 0) return spectra_bytes(problem);
  const Matrix& matrix = problem.matrix;
  const uint64_t m = matrix.smaller();
  const uint64_t reading = BlockReader::resident_bytes(matrix);
  if (eigen_needs_blas(problem, top)) {
    const uint64_t decomposition =
        Buffer<double>::bytes(syevd_reals(m)) + Buffer<int>::bytes(syevd_integers(m));
    return Buffer<double>::bytes(m * m) + reading +
           std::max({tap_moments_bytes(matrix), gram_scratch_bytes<double>(matrix), decomposition});
  }
  // Single precision takes less.
  return NativeGram<double>::bytes(matrix) + reading +
         std::max({tap_moments_bytes(matrix), NativeGram<double>::scratch_bytes(matrix),
                   TileSolver<double>::top_pairs_bytes(m, top)});
}

EigenPairs eigen(const Problem& problem, uint64_t top, const std::atomic<bool>& cancelled, Team& team) {
  check_cancelled(cancelled);
  if (top == 0) return {spectra(problem, cancelled, team).taps.at(0).eigenvalues, {}};
  if (eigen_needs_blas(problem, top)) return lapack_pairs(problem, top, cancelled);
  return problem.precision == Precision::single ? native_pairs<float>(problem, top, cancelled, team)
                                                : native_pairs<double>(problem, top, cancelled, team);
}

}  // namespace spectrap
