#include "spectrum.h"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

#include "block_source.h"
#include "buffer.h"
#include "decode.h"
#include "error.h"
#include "lapack_gram.h"
#include "low_rank_spectrum.h"
#include "native_gram.h"
#include "shuffle_tap.h"
#include "tap_moments.h"

namespace spectrap {
namespace {

/// Spectra of the shuffled copies of one tap. A copy holds codes, the narrowest exact representation.
template <class Gram>
std::vector<std::vector<double>> shuffled_spectra(const Problem& problem, BlockReader& reader, uint32_t tap,
                                                  const MomentSums& moments, Gram& gram, double scale,
                                                  StageSeconds& seconds, const std::atomic<bool>& cancelled,
                                                  Team& team) {
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
      shuffle_tap(reader, matrix, tap, key, copy.data(), team);
    }
    CopiedBlocks shuffled(copy.data(), matrix.cols, width);
    gram.form(shuffled, scale, seconds);
    spectra.push_back(gram.eigenvalues(moments.sum_squares, seconds, cancelled));
  }
  return spectra;
}

/// Whether a Gram matrix is needed. The spectrum of a low-rank product comes from its factors, but its
/// shuffled copies are of full rank.
bool forms_gram(const Problem& problem) { return problem.replicas > 0 || !is_plain_product(problem.matrix); }

template <class Gram>
MatrixSpectra spectra_by(const Problem& problem, const std::atomic<bool>& cancelled, Team& team) {
  using Real = typename Gram::Real;
  const Matrix& matrix = problem.matrix;
  MatrixSpectra result;
  BlockReader reader(matrix);
  std::optional<Gram> gram;
  if (forms_gram(problem)) gram.emplace(matrix, team);
  for (uint32_t tap = 0; tap < matrix.taps; ++tap) {
    check_cancelled(cancelled);
    TapSpectra& out = result.taps.emplace_back();
    const TapMoments entries = tap_moments(reader, matrix, tap, result.seconds);
    out.moments = entries.moments;
    const double scale = unit_scale<Real>(out.moments, matrix.encoding);
    if (gram) {
      gram->choose(entries.digits);
      result.promise = std::max(result.promise, gram->promise());
    }
    if (is_plain_product(matrix)) {
      ProductSpectrum product = product_spectrum(problem, out.moments.sum_squares, cancelled, team);
      out.eigenvalues = std::move(product.eigenvalues);
      result.promise = std::max(result.promise, product.promise);
      result.seconds += product.seconds;
    } else {
      StoredBlocks stored(reader, tap);
      gram->form(stored, scale, result.seconds);
      out.eigenvalues = gram->eigenvalues(out.moments.sum_squares, result.seconds, cancelled);
    }
    if (gram) {
      out.shuffled =
          shuffled_spectra(problem, reader, tap, out.moments, *gram, scale, result.seconds, cancelled, team);
    }
  }
  reader.check_unchanged();
  return result;
}

template <class Gram>
std::array<MatrixSpectra, 3> fused_spectra_by(const std::array<const Problem*, 3>& problems,
                                              const std::atomic<bool>& cancelled, Team& team) {
  using Real = typename Gram::Real;
  const Problem& fused = *problems[2];
  std::array<MatrixSpectra, 3> results;
  BlockReader fused_reader(fused.matrix);
  TapSpectra& whole = results[2].taps.emplace_back();
  const TapMoments entries = tap_moments(fused_reader, fused.matrix, 0, results[2].seconds);
  whole.moments = entries.moments;
  // One scale and one arithmetic for all three, so that the Gram matrices add up.
  const double scale = unit_scale<Real>(whole.moments, fused.matrix.encoding);

  Gram sum(fused.matrix, team);
  sum.choose(entries.digits);
  sum.clear(scale);
  for (const size_t half : {size_t{0}, size_t{1}}) {
    const Problem& problem = *problems[half];
    StageSeconds& seconds = results[half].seconds;
    BlockReader reader(problem.matrix);
    Gram gram(problem.matrix, team);
    gram.choose(entries.digits);
    TapSpectra& out = results[half].taps.emplace_back();
    out.moments = tap_moments(reader, problem.matrix, 0, seconds).moments;
    StoredBlocks stored(reader, 0);
    gram.form(stored, scale, seconds);
    sum.add(gram);
    out.eigenvalues = gram.eigenvalues(out.moments.sum_squares, seconds, cancelled);
    out.shuffled = shuffled_spectra(problem, reader, 0, out.moments, gram, scale, seconds, cancelled, team);
    reader.check_unchanged();
  }
  whole.eigenvalues = sum.eigenvalues(whole.moments.sum_squares, results[2].seconds, cancelled);
  whole.shuffled = shuffled_spectra(fused, fused_reader, 0, whole.moments, sum, scale, results[2].seconds,
                                    cancelled, team);
  fused_reader.check_unchanged();
  for (MatrixSpectra& result : results) result.promise = sum.promise();
  return results;
}

/// The Gram matrix and a copy to shuffle, and beside them the most that one stage needs. What a product needs
/// for its factors is added, as if it were needed all the time.
template <class Gram>
uint64_t bytes_by(const Problem& problem) {
  const Matrix& matrix = problem.matrix;
  const uint64_t copy =
      problem.replicas == 0 ? 0 : Buffer<std::byte>::bytes(matrix.count() * code_width(matrix.encoding));
  const bool forms = forms_gram(problem);
  return (forms ? Gram::bytes(matrix) : 0) + BlockReader::resident_bytes(matrix) + copy +
         (is_plain_product(matrix) ? product_spectrum_bytes(problem) : 0) +
         std::max(
             {tap_moments_bytes(matrix), shuffle_tap_bytes(matrix), forms ? Gram::scratch_bytes(matrix) : 0});
}

/// Calls visit(a null pointer to the class of Gram matrices that solves problems of this kind).
template <class Visit>
auto with_gram(const Problem& problem, Precision precision, Visit visit) {
  const bool single = precision == Precision::single;
  if (needs_blas(problem)) {
    return single ? visit(static_cast<LapackGram<float>*>(nullptr))
                  : visit(static_cast<LapackGram<double>*>(nullptr));
  }
  return single ? visit(static_cast<NativeGram<float>*>(nullptr))
                : visit(static_cast<NativeGram<double>*>(nullptr));
}

template <class Pointer>
using Pointee = std::remove_pointer_t<Pointer>;

/// Calls solve(precision), in double precision once more if the single one cannot be trusted.
template <class Solve>
auto with_fallback(Precision asked, Solve solve) {
  if (asked != Precision::single) return solve(asked);
  try {
    return solve(Precision::single);
  } catch (const Error& error) {
    if (error.code() != "SPECTRUM_CHECK") throw;
    return solve(Precision::double_);
  }
}

bool halves_add_up(const Problem& gate, const Problem& up, const Problem& fused) {
  return gate.matrix.tall() && up.matrix.tall() && gate.matrix.cols == fused.matrix.cols &&
         up.matrix.cols == fused.matrix.cols;
}

}  // namespace

bool needs_blas(const Problem& problem) {
  return problem.backend == Backend::lapack || problem.precision == Precision::reference;
}

uint64_t spectra_bytes(const Problem& problem) {
  const auto bytes = [&](Precision precision) {
    return with_gram(problem, precision,
                     [&](auto gram) { return bytes_by<Pointee<decltype(gram)>>(problem); });
  };
  // Single precision may fall back to double.
  return bytes(problem.precision == Precision::single ? Precision::double_ : problem.precision);
}

MatrixSpectra spectra(const Problem& problem, const std::atomic<bool>& cancelled, Team& team) {
  check_cancelled(cancelled);
  return with_fallback(problem.precision, [&](Precision precision) {
    MatrixSpectra result = with_gram(problem, precision, [&](auto gram) {
      return spectra_by<Pointee<decltype(gram)>>(problem, cancelled, team);
    });
    result.precision = precision;
    return result;
  });
}

uint64_t fused_spectra_bytes(const Problem& fused) {
  const uint64_t second_gram = with_gram(
      fused, Precision::double_, [&](auto gram) { return Pointee<decltype(gram)>::bytes(fused.matrix); });
  return spectra_bytes(fused) + second_gram + BlockReader::resident_bytes(fused.matrix);
}

std::array<MatrixSpectra, 3> fused_spectra(const Problem& gate, const Problem& up, const Problem& fused,
                                           const std::atomic<bool>& cancelled, Team& team) {
  check_cancelled(cancelled);
  if (!halves_add_up(gate, up, fused)) {
    return {spectra(gate, cancelled, team), spectra(up, cancelled, team), spectra(fused, cancelled, team)};
  }
  const std::array<const Problem*, 3> problems{&gate, &up, &fused};
  return with_fallback(fused.precision, [&](Precision precision) {
    auto results = with_gram(fused, precision, [&](auto gram) {
      return fused_spectra_by<Pointee<decltype(gram)>>(problems, cancelled, team);
    });
    for (MatrixSpectra& result : results) result.precision = precision;
    return results;
  });
}

}  // namespace spectrap
