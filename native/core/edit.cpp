#include "edit.h"

#include "block_reader.h"
#include "eigenvectors.h"
#include "move_entries.h"
#include "remove_components.h"
#include "row_blocks.h"
#include "smooth.h"
#include "stage.h"

namespace spectrap {
namespace {

void copy_codes(const Matrix& matrix, std::byte* codes) {
  BlockReader reader(matrix);
  reader.read(0, 0, matrix.rows, 0, matrix.cols, codes);
  reader.check_unchanged();
}

bool smooths(const EditProblem& problem) {
  return problem.edit.keep > 0 && problem.edit.keep < problem.problem.matrix.smaller();
}

}  // namespace

EditReport edit_matrix(const EditProblem& problem, const std::atomic<bool>& cancelled, Team& team,
                       std::byte* codes) {
  check_cancelled(cancelled);
  const Edit& edit = problem.edit;
  if (edit.moves_entries()) return move_entries(problem, codes);
  if (!edit.components.empty()) return remove_components(problem, cancelled, team, codes);
  if (smooths(problem)) return smooth(problem, cancelled, team, codes);
  copy_codes(problem.problem.matrix, codes);
  return {};
}

bool edit_needs_blas(const EditProblem& problem) {
  const Edit& edit = problem.edit;
  if (!edit.components.empty()) return eigen_needs_blas(problem.problem, vectors_for(edit));
  return smooths(problem) && eigen_needs_blas(problem.problem, edit.keep);
}

uint64_t edit_bytes(const EditProblem& problem) {
  const Edit& edit = problem.edit;
  if (edit.moves_entries()) return move_entries_bytes(problem);
  if (!edit.components.empty()) return remove_components_bytes(problem);
  if (smooths(problem)) return smooth_bytes(problem);
  return BlockReader::resident_bytes(problem.problem.matrix) + row_block_bytes(problem.problem.matrix);
}

}  // namespace spectrap
