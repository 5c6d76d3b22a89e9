#include "eigenvectors.h"

#include <algorithm>

#include "block_source.h"
#include "lapack_gram.h"
#include "native_gram.h"
#include "tap_moments.h"

namespace spectrap {
namespace {

template <class Gram>
EigenPairs pairs_by(const Problem& problem, uint64_t tap, uint64_t top, const std::atomic<bool>& cancelled,
                    Team& team) {
  using Real = typename Gram::Real;
  const Matrix& matrix = problem.matrix;
  StageSeconds seconds;
  BlockReader reader(matrix);
  const auto [moments, digits] = tap_moments(reader, matrix, tap, seconds);
  check_cancelled(cancelled);
  Gram gram(matrix, team);
  gram.choose(digits);
  StoredBlocks stored(reader, tap);
  gram.form(stored, unit_scale<Real>(moments, matrix.encoding), seconds);
  reader.check_unchanged();
  return gram.top_pairs(top, moments.sum_squares, seconds, cancelled);
}

template <class Gram>
uint64_t bytes_by(const Matrix& matrix, uint64_t top) {
  return Gram::bytes(matrix) + BlockReader::resident_bytes(matrix) +
         std::max({tap_moments_bytes(matrix), Gram::scratch_bytes(matrix),
                   Gram::top_pairs_bytes(matrix.smaller(), top)});
}

}  // namespace

bool eigen_needs_blas(const Problem& problem, uint64_t top) {
  return needs_blas(problem) || (top > 0 && top == problem.matrix.smaller());
}

uint64_t eigen_bytes(const Problem& problem, uint64_t top) {
  if (top == 0) return spectra_bytes(problem);
  // Single precision takes less than double.
  return eigen_needs_blas(problem, top) ? bytes_by<LapackGram<double>>(problem.matrix, top)
                                        : bytes_by<NativeGram<double>>(problem.matrix, top);
}

EigenPairs eigen(const Problem& problem, uint64_t tap, uint64_t top, const std::atomic<bool>& cancelled,
                 Team& team) {
  check_cancelled(cancelled);
  if (top == 0) return {spectra(problem, cancelled, team).taps.at(tap).eigenvalues, {}};
  if (eigen_needs_blas(problem, top)) return pairs_by<LapackGram<double>>(problem, tap, top, cancelled, team);
  return problem.precision == Precision::single
             ? pairs_by<NativeGram<float>>(problem, tap, top, cancelled, team)
             : pairs_by<NativeGram<double>>(problem, tap, top, cancelled, team);
}

}  // namespace spectrap
