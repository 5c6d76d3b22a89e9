#include "eigenvectors.h"

#include <algorithm>
#include <string>

#include "blas.h"
#include "block_source.h"
#include "buffer.h"
#include "error.h"
#include "blas_gram.h"
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

}  // namespace

bool eigen_needs_blas(const Problem& problem, uint64_t top) { return top > 0 || needs_blas(problem); }

uint64_t eigen_bytes(const Problem& problem, uint64_t top) {
  if (top == 0) return spectra_bytes(problem);
  const uint64_t m = problem.matrix.smaller();
  const uint64_t decomposition =
      Buffer<double>::bytes(syevd_reals(m)) + Buffer<int>::bytes(syevd_integers(m));
  return Buffer<double>::bytes(m * m) + BlockReader::resident_bytes(problem.matrix) +
         std::max(
             {tap_moments_bytes(problem.matrix), gram_scratch_bytes<double>(problem.matrix), decomposition});
}

EigenPairs eigen(const Problem& problem, uint64_t top, const std::atomic<bool>& cancelled, Team&) {
  check_cancelled(cancelled);
  if (top == 0) return {spectra(problem, cancelled).taps.at(0).eigenvalues, {}};
  const Matrix& matrix = problem.matrix;
  const uint64_t m = matrix.smaller();
  StageSeconds seconds;
  BlockReader reader(matrix);
  const MomentSums moments = tap_moments(reader, matrix, 0, seconds);
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

}  // namespace spectrap
