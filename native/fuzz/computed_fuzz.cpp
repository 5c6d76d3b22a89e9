#include "computed_fuzz.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "../core/block_reader.h"
#include "../core/error.h"
#include "computation.h"
#include "require.h"
#include "slow.h"

namespace spectrap::fuzz {
namespace {

Block whole(const Matrix& matrix, uint64_t tap) { return {tap, 0, matrix.rows, 0, matrix.cols}; }

/// The error that opening must give: parts are opened in their order, factors also read. Empty if none.
std::string due_error(const ComputedCase& computed) {
  for (size_t i = 0; i < computed.parts.size(); ++i) {
    const FuzzCase& part = computed.parts[i];
    std::string due = due_error(part);
    if (!due.empty()) return due;
    const bool factor = computed.low_rank() && i < 2;
    const auto bad = factor ? first_bad_block(part, whole(part.matrix, 0)) : std::optional<BadBlock>{};
    if (bad) return bad->code;
  }
  return {};
}

/// An element by its definition, operations in the order in which they are rounded.
double element(const ComputedCase& computed, uint64_t tap, uint64_t row, uint64_t col) {
  const auto part = [&](size_t i, uint64_t r, uint64_t c) { return element(computed.parts[i], tap, r, c); };
  if (!computed.low_rank()) return part(0, row, col) - part(1, row, col);
  double sum = 0;
  for (uint64_t k = 0; k < computed.terms(); ++k) sum += part(0, row, k) * part(1, k, col);
  const double base = computed.parts.size() == 3 ? part(2, row, col) : 0;
  return base + computed.drawn.matrix.low_rank->scale * sum;
}

/// The codes of a block; empty when an error was due and came.
std::vector<std::byte> check_block(BlockReader& reader, const ComputedCase& computed, const Block& block) {
  std::vector<double> values(block.rows * block.cols);
  std::vector<BadBlock> bad;
  for (const size_t part : computed.read_by_block()) {
    const auto first = first_bad_block(computed.parts[part], block);
    if (first) bad.push_back(*first);
  }
  try {
    reader.read(block.tap, block.row0, block.rows, block.col0, block.cols, values.data());
  } catch (const Error& error) {
    const auto tells = [&](const BadBlock& one) {
      return error.code() == one.code && std::string(error.what()).find(one.place) != std::string::npos;
    };
    require(std::any_of(bad.begin(), bad.end(), tells), "the error of the first bad block of a part");
    return {};
  }
  require(bad.empty(), "a bad block of a part is told");
  for (uint64_t i = 0; i < values.size(); ++i) {
    const double expected =
        element(computed, block.tap, block.row0 + i / block.cols, block.col0 + i % block.cols);
    require(same(values[i], expected), "a computed element");
  }
  const auto* codes = reinterpret_cast<const std::byte*>(values.data());
  return {codes, codes + values.size() * sizeof(double)};
}

/// A file that becomes shorter is noticed as long as it is read.
void check_cut(const BlockReader& reader, const ComputedCase& computed, const std::array<Files, 3>& files) {
  for (const size_t i : computed.read_by_block()) {
    const FuzzCase& part = computed.parts[i];
    if (part.cut == 0 || part.cut > part.content.size() || part.matrix.memory != nullptr) continue;
    files[i].elements.cut(part.content.size() - part.cut);
    require_error("CK_FILE_CHANGED", [&] { reader.check_unchanged(); });
    return;
  }
}

}  // namespace

void run_computed(const ComputedCase& computed, const std::array<Files, 3>& files) {
  const Matrix& matrix = computed.drawn.matrix;
  const std::string due = due_error(computed);
  if (!due.empty()) {
    require_error(due, [&] { BlockReader reader(matrix); });
    return;
  }
  BlockReader reader(matrix);
  reader.check_unchanged();
  for (size_t i = 0; i < computed.drawn.blocks.size(); ++i) {
    check_block(reader, computed, computed.block(i));
  }
  if (matrix.count() <= most_checked && matrix.count() * computed.terms() <= most_products) {
    const auto codes = check_block(reader, computed, whole(matrix, matrix.taps - 1));
    if (!codes.empty()) check_computation(codes, computed.drawn);
  }
  check_cut(reader, computed, files);
}

}  // namespace spectrap::fuzz
