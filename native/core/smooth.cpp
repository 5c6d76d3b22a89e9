#include "smooth.h"

#include <algorithm>

#include "block_reader.h"
#include "buffer.h"
#include "edit_rounding.h"
#include "eigenvectors.h"
#include "projection.h"
#include "row_blocks.h"

namespace spectrap {

EditReport smooth(const EditProblem& problem, const std::atomic<bool>& cancelled, Team& team,
                  std::byte* codes) {
  const Matrix& matrix = problem.problem.matrix;
  const uint64_t k = problem.edit.keep;
  Projection projection(matrix, eigen(problem.problem, 0, k, cancelled, team).vectors, k);
  BlockReader reader(matrix);
  EditRounding rounding(matrix);
  projection.for_each_block(reader, cancelled, team,
                            [&](uint64_t row, uint64_t rows, const double* values, const double* projected) {
                              const uint64_t first = row * matrix.cols;
                              rounding.round(first, rows * matrix.cols, values, projected,
                                             codes + first * rounding.width());
                            });
  reader.check_unchanged();
  return rounding.report();
}

uint64_t smooth_bytes(const EditProblem& problem) {
  const Matrix& matrix = problem.problem.matrix;
  const uint64_t k = problem.edit.keep;
  const uint64_t reading = BlockReader::resident_bytes(matrix) + row_block_bytes(matrix);
  return Buffer<double>::bytes(k * matrix.smaller()) +
         std::max(eigen_bytes(problem.problem, k), reading + Projection::bytes(matrix, k));
}

}  // namespace spectrap
