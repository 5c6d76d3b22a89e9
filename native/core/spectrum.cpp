#include "spectrum.h"

#include <algorithm>

#include "block_source.h"
#include "buffer.h"
#include "decode.h"
#include "gram_spectrum.h"
#include "row_blocks.h"
#include "shuffle.h"
#include "tap_moments.h"

namespace spectrap {
namespace {

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
  const uint64_t shuffle = row_block_bytes(matrix) + BucketShuffle::scratch_bytes(matrix.count());
  return GramSpectrum<Real>::bytes(matrix) + BlockReader::resident_bytes(matrix) + copy +
         std::max({tap_moments_bytes(matrix), shuffle, GramSpectrum<Real>::scratch_bytes(matrix)});
}

/// |Δλ| / λmax that holds for every matrix, with room: docs/method.md, "Precision".
double promise(Precision precision) { return precision == Precision::single ? 1e-5 : 1e-12; }

bool halves_add_up(const Problem& gate, const Problem& up, const Problem& fused) {
  return gate.matrix.tall() && up.matrix.tall() && gate.matrix.cols == fused.matrix.cols &&
         up.matrix.cols == fused.matrix.cols;
}

}  // namespace

bool needs_blas(const Problem&) { return true; }

uint64_t spectra_bytes(const Problem& problem) {
  return problem.precision == Precision::single ? bytes_in<float>(problem) : bytes_in<double>(problem);
}

MatrixSpectra spectra(const Problem& problem, const std::atomic<bool>& cancelled,
                      [[maybe_unused]] Team& team) {
  check_cancelled(cancelled);
  MatrixSpectra result = problem.precision == Precision::single ? spectra_in<float>(problem, cancelled)
                                                                : spectra_in<double>(problem, cancelled);
  result.precision = problem.precision;
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
  for (MatrixSpectra& result : results) {
    result.precision = fused.precision;
    result.promise = promise(fused.precision);
  }
  return results;
}

}  // namespace spectrap
