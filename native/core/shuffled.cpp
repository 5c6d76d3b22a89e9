#include "shuffled.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "block_source.h"
#include "buffer.h"
#include "decode.h"
#include "lapack_gram.h"
#include "memory_matrix.h"
#include "native_gram.h"
#include "shuffle_tap.h"
#include "tap_moments.h"

namespace spectrap {
namespace {

/// Singular vectors of the larger side, from those of the smaller one: Sv/σ of a tall S, Sᵀv/σ of a wide one.
/// A vector without a singular value is zero.
std::vector<double> other_side(const std::byte* codes, const Matrix& matrix,
                               const std::vector<double>& vectors, const std::vector<double>& eigenvalues,
                               uint64_t top) {
  const uint64_t width = code_width(matrix.encoding);
  Buffer<double> row(matrix.cols);
  std::vector<double> out(top * matrix.larger());
  for (uint64_t r = 0; r < matrix.rows; ++r) {
    decode(matrix.encoding, codes + r * matrix.cols * width, matrix.cols, row.data());
    for (uint64_t k = 0; k < top; ++k) {
      const double* given = vectors.data() + k * matrix.smaller();
      double* made = out.data() + k * matrix.larger();
      if (matrix.tall()) {
        double sum = 0;
        for (uint64_t c = 0; c < matrix.cols; ++c) sum += row.data()[c] * given[c];
        made[r] = sum;
      } else {
        for (uint64_t c = 0; c < matrix.cols; ++c) made[c] += row.data()[c] * given[r];
      }
    }
  }
  for (uint64_t k = 0; k < top; ++k) {
    const double sigma = std::sqrt(eigenvalues[eigenvalues.size() - top + k]);
    double* made = out.data() + k * matrix.larger();
    for (uint64_t i = 0; i < matrix.larger(); ++i) made[i] = sigma > 0 ? made[i] / sigma : 0;
  }
  return out;
}

/// Index of the component of vector k that is largest in magnitude.
uint64_t peak(const std::vector<double>& vectors, uint64_t k, uint64_t length) {
  const double* from = vectors.data() + k * length;
  const auto smaller = [](double a, double b) { return std::abs(a) < std::abs(b); };
  return static_cast<uint64_t>(std::max_element(from, from + length, smaller) - from);
}

/// Copies of a tap as it is stored.
template <class Gram>
std::vector<ShuffledCopy> copies_by(const ShuffledQuestion& question, BlockReader& reader,
                                    const Matrix& matrix, uint32_t tap, const std::atomic<bool>& cancelled,
                                    Team& team) {
  StageSeconds seconds;
  const auto [moments, digits] = tap_moments(reader, matrix, tap, seconds);
  const double scale = unit_scale<double>(moments, matrix.encoding);
  const uint64_t width = code_width(matrix.encoding);
  Gram gram(matrix, team);
  gram.choose(digits);
  Buffer<std::byte> copy(matrix.count() * width);
  std::vector<ShuffledCopy> copies;
  for (uint32_t i = 0; i < question.problem.replicas; ++i) {
    check_cancelled(cancelled);
    const auto& words = question.problem.key;
    // The number of the tap is that of the stored matrix, also where `matrix` is an altered copy of it.
    const ShuffleKey key{{words[0], words[1]}, question.tap, question.first_replica + i};
    shuffle_tap(reader, matrix, tap, key, copy.data(), team);
    CopiedBlocks shuffled(copy.data(), matrix.cols, width);
    gram.form(shuffled, scale, seconds);
    ShuffledCopy& out = copies.emplace_back();
    if (question.top == 0) {
      out.eigenvalues = gram.eigenvalues(moments.sum_squares, seconds, cancelled);
      continue;
    }
    auto pairs = gram.top_pairs(question.top, moments.sum_squares, seconds, cancelled);
    auto others = other_side(copy.data(), matrix, pairs.vectors, pairs.values, question.top);
    out.eigenvalues = std::move(pairs.values);
    out.row_vectors = std::move(matrix.tall() ? others : pairs.vectors);
    out.col_vectors = std::move(matrix.tall() ? pairs.vectors : others);
    for (uint64_t k = 0; k < question.top; ++k) {
      const uint64_t position =
          peak(out.row_vectors, k, matrix.rows) * matrix.cols + peak(out.col_vectors, k, matrix.cols);
      out.origins.push_back(original_position(key, matrix.count(), position));
    }
  }
  return copies;
}

template <class Gram>
std::vector<ShuffledCopy> altered_copies_by(const ShuffledQuestion& question,
                                            const std::atomic<bool>& cancelled, Team& team) {
  const Matrix& matrix = question.problem.matrix;
  BlockReader reader(matrix);
  std::vector<ShuffledCopy> copies;
  if (question.alteration.nothing()) {
    copies = copies_by<Gram>(question, reader, matrix, question.tap, cancelled, team);
  } else {
    StageSeconds seconds;
    const MomentSums moments = tap_moments(reader, matrix, question.tap, seconds).moments;
    // Scaled so that float32 holds them, whatever the type they are stored in.
    const double scale = unit_scale<double>(moments, matrix.encoding);
    Alteration scaled = question.alteration;
    scaled.scale *= scale;
    const Matrix copy = altered(reader, matrix, question.tap, scaled);
    check_cancelled(cancelled);
    BlockReader of_copy(copy);
    copies = copies_by<Gram>(question, of_copy, copy, 0, cancelled, team);
    for (ShuffledCopy& one : copies) {
      for (double& value : one.eigenvalues) value = value / scale / scale;
    }
  }
  reader.check_unchanged();
  return copies;
}

template <class Gram>
uint64_t bytes_by(const Matrix& matrix, uint64_t top) {
  return Gram::bytes(matrix) + Buffer<std::byte>::bytes(matrix.count() * code_width(matrix.encoding)) +
         BlockReader::resident_bytes(matrix) +
         std::max({tap_moments_bytes(matrix), shuffle_tap_bytes(matrix), Gram::scratch_bytes(matrix),
                   top == 0 ? 0 : Gram::top_pairs_bytes(matrix.smaller(), top)});
}

}  // namespace

uint64_t shuffled_copies_bytes(const ShuffledQuestion& question) {
  const Matrix& matrix = question.problem.matrix;
  const auto solving = [&](const Matrix& solved) {
    return needs_blas(question.problem) ? bytes_by<LapackGram<double>>(solved, question.top)
                                        : bytes_by<NativeGram<double>>(solved, question.top);
  };
  if (question.alteration.nothing()) return solving(matrix);
  const Matrix copy = memory_shape(Encoding::f32, matrix.rows, matrix.cols);  // as altered() gives it
  return BlockReader::resident_bytes(matrix) + altered_bytes(matrix) +
         std::max({tap_moments_bytes(matrix), altered_scratch_bytes(matrix), solving(copy)});
}

std::vector<ShuffledCopy> shuffled_copies(const ShuffledQuestion& question,
                                          const std::atomic<bool>& cancelled, Team& team) {
  return needs_blas(question.problem) ? altered_copies_by<LapackGram<double>>(question, cancelled, team)
                                      : altered_copies_by<NativeGram<double>>(question, cancelled, team);
}

}  // namespace spectrap
