#include "remove_components.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "block_reader.h"
#include "buffer.h"
#include "edit_rounding.h"
#include "eigenvectors.h"
#include "memory_matrix.h"
#include "projection.h"
#include "row_blocks.h"
#include "shuffle_tap.h"

namespace spectrap {
namespace {

ShuffleKey key_of(const EditProblem& problem) {
  return {{problem.problem.key[0], problem.problem.key[1]}, problem.tap, 0};
}

/// The shuffled copy of a matrix, itself a matrix in memory.
Matrix shuffled(const EditProblem& problem, Team& team) {
  const Matrix& matrix = problem.problem.matrix;
  const Encoding encoding = matrix.encoding == Encoding::mxfp4 ? Encoding::bf16 : matrix.encoding;
  const auto copy = std::make_shared<Buffer<std::byte>>(matrix.count() * code_width(encoding));
  BlockReader reader(matrix);
  shuffle_tap(reader, matrix, 0, key_of(problem), copy->data(), team);
  reader.check_unchanged();
  return memory_matrix(matrix.name, encoding, matrix.rows, matrix.cols, elements_of(copy));
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

}  // namespace

uint64_t vectors_for(const Edit& edit) {
  return *std::max_element(edit.components.begin(), edit.components.end()) + 1;
}

EditReport remove_components(const EditProblem& problem, const std::atomic<bool>& cancelled, Team& team,
                             std::byte* codes) {
  const Edit& edit = problem.edit;
  const Matrix copy = shuffled(problem, team);
  Buffer<uint32_t> origin(copy.count());
  original_positions(key_of(problem), copy.count(), origin.data(), team);
  Problem of_copy = problem.problem;
  of_copy.matrix = copy;
  const uint64_t top = vectors_for(edit);
  Projection projection(
      copy, chosen_vectors(eigen(of_copy, 0, top, cancelled, team), edit.components, top, copy.smaller()),
      edit.components.size());
  BlockReader reader(copy);
  EditRounding rounding(copy);
  const uint64_t width = rounding.width();
  Buffer<double> targets(row_block(copy) * copy.cols);
  Buffer<std::byte> rounded(row_block(copy) * copy.cols * width);
  projection.for_each_block(reader, cancelled, team,
                            [&](uint64_t row, uint64_t rows, const double* values, const double* projected) {
                              const uint64_t first = row * copy.cols;
                              const uint64_t count = rows * copy.cols;
                              for (uint64_t i = 0; i < count; ++i) targets[i] = values[i] - projected[i];
                              rounding.round(first, count, values, targets.data(), rounded.data());
                              for (uint64_t i = 0; i < count; ++i) {
                                std::memcpy(codes + origin[first + i] * width, rounded.data() + i * width,
                                            width);
                              }
                            });
  return rounding.report();
}

uint64_t remove_components_bytes(const EditProblem& problem) {
  const Matrix& matrix = problem.problem.matrix;
  const uint64_t top = vectors_for(problem.edit);
  const uint64_t chosen = problem.edit.components.size();
  const uint64_t block = row_block(matrix) * matrix.cols;
  const uint64_t reading = BlockReader::resident_bytes(matrix);
  const uint64_t copy = Buffer<std::byte>::bytes(matrix.count() * code_width(matrix.encoding)) +
                        Buffer<uint32_t>::bytes(matrix.count());
  const uint64_t projecting = Buffer<double>::bytes(2 * block) +
                              Buffer<double>::bytes(top * matrix.smaller()) +
                              std::max(eigen_bytes(problem.problem, top),
                                       reading + row_block_bytes(matrix) + Projection::bytes(matrix, chosen));
  return copy + std::max(reading + shuffle_tap_bytes(matrix), projecting);
}

}  // namespace spectrap
