// Fuzz target of everything that reads bytes of a checkpoint in native code: BlockReader, the decoders,
// matrices computed from others, the moments and the shuffle. A case must end in the answer of slow.h or in
// the error that is due, and never in anything else; the sanitizers watch what is touched on the way.
#include <cstring>

#include "../core/block_reader.h"
#include "../core/decode.h"
#include "../core/error.h"
#include "computation.h"
#include "computed_fuzz.h"
#include "fuzz_case.h"
#include "require.h"
#include "slow.h"

namespace spectrap::fuzz {
namespace {

/// The codes of a block, whose memory is exactly as large as they are; empty when an error was due and came.
std::vector<std::byte> read_block(BlockReader& reader, const FuzzCase& drawn, const Block& block) {
  const Matrix& matrix = drawn.matrix;
  std::vector<std::byte> codes(block.rows * block.cols * code_width(matrix.encoding));
  const auto bad = first_bad_block(drawn, block);
  try {
    reader.read(block.tap, block.row0, block.rows, block.col0, block.cols, codes.data());
  } catch (const Error& error) {
    require(bad && error.code() == bad->code, "the error of the first bad block");
    require(std::string(error.what()).find(bad->place) != std::string::npos, "its place");
    return {};
  }
  require(!bad, "a bad block is told");
  return codes;
}

/// The elements of a block, in both precisions (F64 has one), against slow.h.
void check_values(const FuzzCase& drawn, const Block& block, const std::vector<std::byte>& codes) {
  const Encoding encoding = drawn.matrix.encoding;
  const uint64_t count = block.rows * block.cols;
  std::vector<double> wide(count);
  std::vector<float> narrow(encoding == Encoding::f64 ? 0 : count);
  decode(encoding, codes.data(), count, wide.data());
  if (!narrow.empty()) decode(encoding, codes.data(), count, narrow.data());
  for (uint64_t i = 0; i < count; ++i) {
    const double expected =
        element(drawn, block.tap, block.row0 + i / block.cols, block.col0 + i % block.cols);
    require(same(wide[i], expected), "an element");
    require(narrow.empty() || same(narrow[i], static_cast<float>(expected)), "an element in float32");
  }
}

/// Returns the codes, like read_block.
std::vector<std::byte> check_block(BlockReader& reader, const FuzzCase& drawn, const Block& block) {
  const Matrix& matrix = drawn.matrix;
  const uint64_t width = code_width(matrix.encoding);
  std::vector<std::byte> codes = read_block(reader, drawn, block);
  if (codes.empty()) return codes;
  for (uint64_t i = 0; matrix.encoding != Encoding::mxfp4 && i < block.rows * block.cols; ++i) {
    const uint8_t* expected =
        stored(drawn, block.tap, block.row0 + i / block.cols, block.col0 + i % block.cols);
    require(std::memcmp(codes.data() + i * width, expected, width) == 0, "a code stands in its place");
  }
  check_values(drawn, block, codes);
  return codes;
}

/// A file that becomes shorter is noticed, and reading behind its end is an error.
void check_cut(BlockReader& reader, const FuzzCase& drawn, const Files& files) {
  const Matrix& matrix = drawn.matrix;
  if (drawn.cut == 0 || drawn.cut > drawn.content.size() || matrix.memory != nullptr) return;
  const uint64_t left = drawn.content.size() - drawn.cut;
  files.elements.cut(left);
  require_error("CK_FILE_CHANGED", [&] { reader.check_unchanged(); });
  if (matrix.encoding == Encoding::mxfp4 || matrix.strides.col != 1) return;
  const Block last{matrix.taps - 1, matrix.rows - 1, 1, matrix.cols - 1, 1};
  const uint64_t width = code_width(matrix.encoding);
  const auto end =
      static_cast<uint64_t>(stored(drawn, last.tap, last.row0, last.col0) + width - drawn.content.data());
  require_error(end > left ? "ST_DATA_TRUNCATED" : "", [&] {
    std::vector<std::byte> code(width);
    reader.read(last.tap, last.row0, 1, last.col0, 1, code.data());
  });
}

void run(const FuzzCase& drawn, const Files& files) {
  const Matrix& matrix = drawn.matrix;
  const std::string due = due_error(drawn);
  if (!due.empty()) {
    require_error(due, [&] { BlockReader reader(matrix); });
    return;
  }
  BlockReader reader(matrix);
  reader.check_unchanged();
  if (matrix.empty()) return;
  for (size_t i = 0; i < drawn.blocks.size(); ++i)
    check_block(reader, drawn, drawn.block(i, unit_of(matrix)));
  if (matrix.count() <= most_checked) {
    const auto codes = check_block(reader, drawn, {matrix.taps - 1, 0, matrix.rows, 0, matrix.cols});
    if (!codes.empty()) check_computation(codes, drawn);
  }
  check_cut(reader, drawn, files);
}

}  // namespace
}  // namespace spectrap::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spectrap::fuzz;
  static const std::array<Files, 3> files;
  FuzzInput input(data, size);
  // One case of three is a matrix that is computed from others.
  if (input.byte() % 3 == 2)
    run_computed(draw_computed(input, files), files);
  else
    run(draw_case(input, files[0]), files[0]);
  return 0;
}
