#include "edit.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <utility>

#include "block_reader.h"
#include "buffer.h"
#include "decode.h"
#include "eigenvectors.h"
#include "encode.h"
#include "error.h"
#include "projection.h"
#include "row_blocks.h"
#include "shuffle.h"
#include "tap_moments.h"

namespace spectrap {
namespace {

/// Sums of squares over the entries, from which a report is made.
struct Distances {
  double norm = 0;
  double change = 0;
  double rounding = 0;

  void add(double before, double target, double after) {
    norm += before * before;
    change += (after - before) * (after - before);
    rounding += (after - target) * (after - target);
  }

  EditReport report() const {
    if (norm == 0) return {};
    return {std::sqrt(change / norm), std::sqrt(rounding / norm)};
  }
};

/// Rounds targets to codes, and keeps account of it.
class Rounder {
 public:
  explicit Rounder(const Matrix& matrix) : matrix_(matrix), width_(code_width(matrix.encoding)) {}

  /// Targets of the entries from row-major place `first` on. Throws EDIT_RANGE.
  void round(uint64_t first, uint64_t count, const double* before, const double* targets, std::byte* codes) {
    if (const auto bad = encode(matrix_.encoding, targets, count, codes)) {
      const uint64_t place = first + *bad;
      throw Error("EDIT_RANGE", "an entry of the result is beyond the stored type (row " +
                                    std::to_string(place / matrix_.cols) + ", column " +
                                    std::to_string(place % matrix_.cols) + ")");
    }
    for (uint64_t i = 0; i < count; i += chunk) {
      const uint64_t n = std::min(chunk, count - i);
      decode(matrix_.encoding, codes + i * width_, n, after_);
      for (uint64_t j = 0; j < n; ++j) distances_.add(before[i + j], targets[i + j], after_[j]);
    }
  }

  uint64_t width() const { return width_; }
  Distances& distances() { return distances_; }

 private:
  static constexpr uint64_t chunk = 256;
  const Matrix& matrix_;
  uint64_t width_;
  double after_[chunk];
  Distances distances_;
};

uint64_t code_bytes(const Matrix& matrix) { return matrix.count() * code_width(matrix.encoding); }

void copy_codes(const Matrix& matrix, std::byte* codes) {
  BlockReader reader(matrix);
  reader.read(0, 0, matrix.rows, 0, matrix.cols, codes);
  reader.check_unchanged();
}

EditReport smooth(const EditProblem& problem, const std::atomic<bool>& cancelled, Team& team,
                  std::byte* codes) {
  const Matrix& matrix = problem.problem.matrix;
  const uint64_t k = problem.edit.keep;
  Projection projection(matrix, eigen(problem.problem, 0, k, cancelled, team).vectors, k);
  BlockReader reader(matrix);
  Rounder rounder(matrix);
  projection.for_each_block(reader, cancelled, team,
                            [&](uint64_t row, uint64_t rows, const double* values, const double* projected) {
                              const uint64_t first = row * matrix.cols;
                              rounder.round(first, rows * matrix.cols, values, projected,
                                            codes + first * rounder.width());
                            });
  reader.check_unchanged();
  return rounder.distances().report();
}

/// The shuffled copy of a matrix, itself a matrix in memory, and where each of its elements came from.
struct Shuffled {
  Matrix matrix;
  Buffer<uint32_t> origin;
};

Shuffled shuffled(const EditProblem& problem, Team& team) {
  const Matrix& matrix = problem.problem.matrix;
  const uint64_t width = code_width(matrix.encoding);
  const uint64_t count = matrix.count();
  const ShuffleKey key{{problem.problem.key[0], problem.problem.key[1]}, problem.tap, 0};
  const auto copy = std::make_shared<Buffer<std::byte>>(count * width);
  Buffer<uint32_t> origin(count);
  BlockReader reader(matrix);
  BucketShuffle codes(key, count, width, copy->data());
  BucketShuffle places(key, count, sizeof(uint32_t), origin.data());
  std::vector<uint32_t> in_order(row_block(matrix) * matrix.cols);
  for_each_row_block(reader, matrix, 0, [&](uint64_t row, uint64_t rows, const std::byte* stored) {
    const uint64_t elements = rows * matrix.cols;
    codes.append(stored, elements);
    std::iota(in_order.begin(), in_order.begin() + elements, static_cast<uint32_t>(row * matrix.cols));
    places.append(in_order.data(), elements);
  });
  reader.check_unchanged();
  codes.finish(team);
  places.finish(team);

  Matrix out;
  out.name = matrix.name;
  out.rows = matrix.rows;
  out.cols = matrix.cols;
  out.encoding = matrix.encoding == Encoding::mxfp4 ? Encoding::bf16 : matrix.encoding;
  out.strides = {0, matrix.cols, 1, 0};
  out.memory = std::shared_ptr<const void>(copy, copy->data());
  return {std::move(out), std::move(origin)};
}

uint64_t most_component(const Edit& edit) {
  return *std::max_element(edit.components.begin(), edit.components.end());
}

/// The vectors of the named components, from all those down to the last of them; pairs come ascending.
std::vector<double> chosen_vectors(const EigenPairs& pairs, const std::vector<uint64_t>& components,
                                   uint64_t top, uint64_t m) {
  std::vector<double> chosen;
  chosen.reserve(components.size() * m);
  for (const uint64_t component : components) {
    const auto begin = pairs.vectors.begin() + static_cast<std::ptrdiff_t>((top - 1 - component) * m);
    chosen.insert(chosen.end(), begin, begin + static_cast<std::ptrdiff_t>(m));
  }
  return chosen;
}

EditReport remove_components(const EditProblem& problem, const std::atomic<bool>& cancelled, Team& team,
                             std::byte* codes) {
  const Edit& edit = problem.edit;
  const Shuffled shuffle = shuffled(problem, team);
  const Matrix& copy = shuffle.matrix;
  Problem of_copy = problem.problem;
  of_copy.matrix = copy;
  const uint64_t top = most_component(edit) + 1;
  Projection projection(
      copy, chosen_vectors(eigen(of_copy, 0, top, cancelled, team), edit.components, top, copy.smaller()),
      edit.components.size());
  BlockReader reader(copy);
  Rounder rounder(copy);
  const uint64_t width = rounder.width();
  Buffer<double> targets(row_block(copy) * copy.cols);
  Buffer<std::byte> rounded(row_block(copy) * copy.cols * width);
  projection.for_each_block(reader, cancelled, team,
                            [&](uint64_t row, uint64_t rows, const double* values, const double* projected) {
                              const uint64_t first = row * copy.cols;
                              const uint64_t count = rows * copy.cols;
                              for (uint64_t i = 0; i < count; ++i) targets[i] = values[i] - projected[i];
                              rounder.round(first, count, values, targets.data(), rounded.data());
                              for (uint64_t i = 0; i < count; ++i) {
                                std::memcpy(codes + shuffle.origin[first + i] * width,
                                            rounded.data() + i * width, width);
                              }
                            });
  return rounder.distances().report();
}

/// The mean of the entries that are not named.
double mean_of_others(const MomentSums& moments, const Matrix& matrix, const std::vector<uint64_t>& entries,
                      const std::byte* codes) {
  const uint64_t width = code_width(matrix.encoding);
  const uint64_t others = moments.count - entries.size();
  if (others == 0) return 0;
  // The entries are far from the shift, the sum of the others is near 0: no cancellation of large terms.
  double sum = moments.sums[0];
  for (const uint64_t entry : entries) {
    double value;
    decode(matrix.encoding, codes + entry * width, 1, &value);
    sum -= value - moments.shift;
  }
  return moments.shift + sum / static_cast<double>(others);
}

EditReport move_entries(const EditProblem& problem, std::byte* codes) {
  const Matrix& matrix = problem.problem.matrix;
  const Edit& edit = problem.edit;
  const uint64_t width = code_width(matrix.encoding);
  BlockReader reader(matrix);
  StageSeconds unused;
  const MomentSums moments = tap_moments(reader, matrix, 0, unused).moments;
  reader.read(0, 0, matrix.rows, 0, matrix.cols, codes);
  reader.check_unchanged();

  const double mean = mean_of_others(moments, matrix, edit.entries, codes);
  Rounder rounder(matrix);
  const double entry_target = edit.subtract_mean ? 0 : mean;
  for (const uint64_t entry : edit.entries) {
    double before;
    decode(matrix.encoding, codes + entry * width, 1, &before);
    rounder.round(entry, 1, &before, &entry_target, codes + entry * width);
  }
  if (edit.subtract_mean) {
    std::vector<uint64_t> named = edit.entries;
    std::sort(named.begin(), named.end());
    auto next = named.begin();
    std::vector<double> before(matrix.cols);
    std::vector<double> targets(matrix.cols);
    for (uint64_t row = 0; row < matrix.rows; ++row) {
      const uint64_t first = row * matrix.cols;
      std::byte* line = codes + first * width;
      decode(matrix.encoding, line, matrix.cols, before.data());
      for (uint64_t col = 0; col < matrix.cols; ++col) {
        const bool done = next != named.end() && *next == first + col;
        if (done) ++next;
        targets[col] = done ? before[col] : before[col] - mean;
      }
      rounder.round(first, matrix.cols, before.data(), targets.data(), line);
    }
  }
  rounder.distances().norm = moments.sum_squares;
  return rounder.distances().report();
}

void lay(const std::byte* codes, const Matrix& matrix, uint64_t width, const Strides& place, std::byte* out) {
  constexpr uint64_t tile = 32;  // a line of memory of the piece holds codes of several rows or columns
  const uint64_t rows = matrix.rows;
  const uint64_t cols = matrix.cols;
  if (place.col == 1) {
    for (uint64_t r = 0; r < rows; ++r) {
      std::memcpy(out + (place.offset + r * place.row) * width, codes + r * cols * width, cols * width);
    }
    return;
  }
  for (uint64_t r0 = 0; r0 < rows; r0 += tile) {
    for (uint64_t c0 = 0; c0 < cols; c0 += tile) {
      for (uint64_t c = c0; c < std::min(c0 + tile, cols); ++c) {
        for (uint64_t r = r0; r < std::min(r0 + tile, rows); ++r) {
          std::memcpy(out + (place.offset + r * place.row + c * place.col) * width,
                      codes + (r * cols + c) * width, width);
        }
      }
    }
  }
}

const Matrix& matrix_of(const Piece::Part& part) { return part.edit.problem.matrix; }

/// What comes from outside decides where we write.
void check_piece(const Piece& piece) {
  uint64_t elements = 0;
  for (const Piece::Part& part : piece.parts) {
    const Matrix& matrix = matrix_of(part);
    const Edit& edit = part.edit.edit;
    const uint64_t count = matrix.count();
    const auto below = [](const std::vector<uint64_t>& values, uint64_t limit) {
      return std::all_of(values.begin(), values.end(), [&](uint64_t value) { return value < limit; });
    };
    const bool fits =
        !matrix.empty() && matrix.taps == 1 && matrix.rows <= piece.elements &&
        matrix.cols <= piece.elements && part.place.offset < piece.elements &&
        part.place.row <= piece.elements && part.place.col <= piece.elements &&
        part.place.offset + (matrix.rows - 1) * part.place.row + (matrix.cols - 1) * part.place.col <
            piece.elements;
    if (!fits || piece.elements >> 31 != 0 || !below(edit.entries, count) ||
        !below(edit.components, matrix.smaller()) ||
        code_width(matrix.encoding) != code_width(matrix_of(piece.parts.front()).encoding)) {
      throw Error("EDIT_PIECE", "a matrix or its edit does not lie in its piece");
    }
    elements += count;
  }
  if (elements != piece.elements) throw Error("EDIT_PIECE", "the matrices do not fill their piece");
}

/// A matrix that is its piece needs no copy.
bool is_whole(const Piece& piece, const Piece::Part& part) {
  const Strides& place = part.place;
  return piece.parts.size() == 1 && place.offset == 0 && place.col == 1 && place.row == matrix_of(part).cols;
}

uint64_t piece_width(const Piece& piece) {
  return piece.parts.empty() ? 0 : code_width(matrix_of(piece.parts.front()).encoding);
}

bool keeps_all(const EditProblem& problem) { return problem.edit.keep >= problem.problem.matrix.smaller(); }

}  // namespace

EditReport edit_matrix(const EditProblem& problem, const std::atomic<bool>& cancelled, Team& team,
                       std::byte* codes) {
  check_cancelled(cancelled);
  const Edit& edit = problem.edit;
  if (edit.moves_entries()) return move_entries(problem, codes);
  if (!edit.components.empty()) return remove_components(problem, cancelled, team, codes);
  if (edit.keep > 0 && !keeps_all(problem)) return smooth(problem, cancelled, team, codes);
  copy_codes(problem.problem.matrix, codes);
  return {};
}

bool edit_needs_blas(const EditProblem& problem) {
  const Edit& edit = problem.edit;
  if (!edit.components.empty()) return eigen_needs_blas(problem.problem, most_component(edit) + 1);
  return edit.keep > 0 && !keeps_all(problem) && eigen_needs_blas(problem.problem, edit.keep);
}

uint64_t edit_bytes(const EditProblem& problem) {
  const Matrix& matrix = problem.problem.matrix;
  const Edit& edit = problem.edit;
  const uint64_t reading = BlockReader::resident_bytes(matrix) + row_block_bytes(matrix);
  if (edit.moves_entries()) {
    return reading + tap_moments_bytes(matrix) + 2 * matrix.cols * sizeof(double);
  }
  const auto spectral = [&](uint64_t top, uint64_t count) {
    return Buffer<double>::bytes(top * matrix.smaller()) +
           std::max(eigen_bytes(problem.problem, top), reading + Projection::bytes(matrix, count));
  };
  if (!edit.components.empty()) {
    const uint64_t block = row_block(matrix) * matrix.cols;
    const uint64_t copy = Buffer<std::byte>::bytes(code_bytes(matrix)) +
                          Buffer<uint32_t>::bytes(matrix.count()) +
                          2 * BucketShuffle::scratch_bytes(matrix.count());
    return copy + Buffer<double>::bytes(2 * block) +
           spectral(most_component(edit) + 1, edit.components.size());
  }
  return edit.keep > 0 && !keeps_all(problem) ? spectral(edit.keep, edit.keep) : reading;
}

EditedPiece edit_piece(const Piece& piece, const std::atomic<bool>& cancelled, Team& team) {
  check_piece(piece);
  const uint64_t width = piece_width(piece);
  EditedPiece edited;
  edited.bytes.resize(piece.elements * width);
  for (const Piece::Part& part : piece.parts) {
    const Matrix& matrix = matrix_of(part);
    if (is_whole(piece, part)) {
      edited.reports.push_back(edit_matrix(part.edit, cancelled, team, edited.bytes.data()));
      continue;
    }
    Buffer<std::byte> codes(code_bytes(matrix));
    edited.reports.push_back(edit_matrix(part.edit, cancelled, team, codes.data()));
    lay(codes.data(), matrix, width, part.place, edited.bytes.data());
  }
  return edited;
}

uint64_t piece_bytes(const Piece& piece) {
  uint64_t most = 0;
  for (const Piece::Part& part : piece.parts) {
    const uint64_t copy = is_whole(piece, part) ? 0 : Buffer<std::byte>::bytes(code_bytes(matrix_of(part)));
    most = std::max(most, copy + edit_bytes(part.edit));
  }
  return piece.elements * piece_width(piece) + most;
}

}  // namespace spectrap
