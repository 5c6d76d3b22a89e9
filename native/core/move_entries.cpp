#include "move_entries.h"

#include <algorithm>
#include <vector>

#include "block_reader.h"
#include "decode.h"
#include "edit_rounding.h"
#include "row_blocks.h"
#include "tap_moments.h"

namespace spectrap {
namespace {

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

}  // namespace

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
  EditRounding rounding(matrix);
  const double entry_target = edit.subtract_mean ? 0 : mean;
  for (const uint64_t entry : edit.entries) {
    double before;
    decode(matrix.encoding, codes + entry * width, 1, &before);
    rounding.round(entry, 1, &before, &entry_target, codes + entry * width);
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
      rounding.round(first, matrix.cols, before.data(), targets.data(), line);
    }
  }
  return rounding.report(moments.sum_squares);
}

uint64_t move_entries_bytes(const EditProblem& problem) {
  const Matrix& matrix = problem.problem.matrix;
  return BlockReader::resident_bytes(matrix) + row_block_bytes(matrix) + tap_moments_bytes(matrix) +
         2 * matrix.cols * sizeof(double);
}

}  // namespace spectrap
