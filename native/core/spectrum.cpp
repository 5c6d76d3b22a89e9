#include "spectrum.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "block_source.h"
#include "buffer.h"
#include "decode.h"
#include "error.h"
#include "gram_spectrum.h"
#include "row_blocks.h"
#include "shuffle.h"

namespace spectrap {
namespace {

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

/// Spectra of the shuffled copies of one tap. A copy holds codes, the narrowest exact representation.
template <class Real>
std::vector<std::vector<double>> shuffled_spectra(const Problem& problem, BlockReader& reader, uint32_t tap,
                                                  const MomentSums& moments, GramSpectrum<Real>& gram,
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
    gram.form(shuffled, scale, seconds);
    spectra.push_back(gram.eigenvalues(moments.sum_squares, seconds, cancelled));
  }
  return spectra;
}

template <class Real>
MatrixSpectra spectra_in(const Problem& problem, const std::atomic<bool>& cancelled) {
  const Matrix& matrix = problem.matrix;
  MatrixSpectra result;
  BlockReader reader(matrix);
  GramSpectrum<Real> gram(matrix);
  for (uint32_t tap = 0; tap < matrix.taps; ++tap) {
    check_cancelled(cancelled);
    TapSpectra& out = result.taps.emplace_back();
    out.moments = tap_moments(reader, matrix, tap, result.seconds);
    const double scale = unit_scale<Real>(out.moments, matrix.encoding);
    StoredBlocks stored(reader, tap);
    gram.form(stored, scale, result.seconds);
    out.eigenvalues = gram.eigenvalues(out.moments.sum_squares, result.seconds, cancelled);
    out.shuffled =
        shuffled_spectra(problem, reader, tap, out.moments, gram, scale, result.seconds, cancelled);
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
  TapSpectra& whole = results[2].taps.emplace_back();
  whole.moments = tap_moments(fused_reader, fused.matrix, 0, results[2].seconds);
  // One scale for all three, so that the Gram matrices add up.
  const double scale = unit_scale<Real>(whole.moments, fused.matrix.encoding);

  GramSpectrum<Real> sum(fused.matrix);
  sum.clear(scale);
  for (const size_t half : {size_t{0}, size_t{1}}) {
    const Problem& problem = *problems[half];
    StageSeconds& seconds = results[half].seconds;
    BlockReader reader(problem.matrix);
    GramSpectrum<Real> gram(problem.matrix);
    TapSpectra& out = results[half].taps.emplace_back();
    out.moments = tap_moments(reader, problem.matrix, 0, seconds);
    StoredBlocks stored(reader, 0);
    gram.form(stored, scale, seconds);
    sum.add(gram);
    out.eigenvalues = gram.eigenvalues(out.moments.sum_squares, seconds, cancelled);
    out.shuffled = shuffled_spectra(problem, reader, 0, out.moments, gram, scale, seconds, cancelled);
    reader.check_unchanged();
  }
  whole.eigenvalues = sum.eigenvalues(whole.moments.sum_squares, results[2].seconds, cancelled);
  whole.shuffled =
      shuffled_spectra(fused, fused_reader, 0, whole.moments, sum, scale, results[2].seconds, cancelled);
  fused_reader.check_unchanged();
  return results;
}

/// The Gram matrix and a copy to shuffle, and beside them the most that one stage needs.
template <class Real>
uint64_t bytes_in(const Problem& problem) {
  const Matrix& matrix = problem.matrix;
  const uint64_t copy =
      problem.replicas == 0 ? 0 : Buffer<std::byte>::bytes(matrix.count() * code_width(matrix.encoding));
  const uint64_t moments = row_block_bytes(matrix) + Buffer<double>::bytes(row_block(matrix) * matrix.cols);
  const uint64_t shuffle = row_block_bytes(matrix) + BucketShuffle::scratch_bytes(matrix.count());
  return GramSpectrum<Real>::bytes(matrix) + BlockReader::resident_bytes(matrix) + copy +
         std::max({moments, shuffle, GramSpectrum<Real>::scratch_bytes(matrix)});
}

/// |Δλ| / λmax that holds for every matrix, with room: docs/method.md, "Precision".
double promise(Precision precision) { return precision == Precision::single ? 1e-5 : 1e-12; }

bool halves_add_up(const Problem& gate, const Problem& up, const Problem& fused) {
  return gate.matrix.tall() && up.matrix.tall() && gate.matrix.cols == fused.matrix.cols &&
         up.matrix.cols == fused.matrix.cols;
}

}  // namespace

uint64_t spectra_bytes(const Problem& problem) {
  return problem.precision == Precision::single ? bytes_in<float>(problem) : bytes_in<double>(problem);
}

MatrixSpectra spectra(const Problem& problem, const std::atomic<bool>& cancelled,
                      [[maybe_unused]] Team& team) {
  check_cancelled(cancelled);
  MatrixSpectra result = problem.precision == Precision::single ? spectra_in<float>(problem, cancelled)
                                                                : spectra_in<double>(problem, cancelled);
  result.promise = promise(problem.precision);
  return result;
}

uint64_t fused_spectra_bytes(const Problem& fused) {
  const uint64_t second_gram = fused.precision == Precision::single
                                   ? GramSpectrum<float>::bytes(fused.matrix)
                                   : GramSpectrum<double>::bytes(fused.matrix);
  return spectra_bytes(fused) + second_gram + BlockReader::resident_bytes(fused.matrix);
}

std::array<MatrixSpectra, 3> fused_spectra(const Problem& gate, const Problem& up, const Problem& fused,
                                           const std::atomic<bool>& cancelled, Team& team) {
  check_cancelled(cancelled);
  if (!halves_add_up(gate, up, fused)) {
    return {spectra(gate, cancelled, team), spectra(up, cancelled, team), spectra(fused, cancelled, team)};
  }
  const std::array<const Problem*, 3> problems{&gate, &up, &fused};
  auto results = fused.precision == Precision::single ? fused_spectra_in<float>(problems, cancelled)
                                                      : fused_spectra_in<double>(problems, cancelled);
  for (MatrixSpectra& result : results) result.promise = promise(fused.precision);
  return results;
}

}  // namespace spectrap
