#include "fuzz_case.h"

#include <algorithm>
#include <memory>

#include "../core/decode.h"
#include "../core/memory_matrix.h"

namespace spectrap::fuzz {
namespace {

/// MXFP4 needs a file in which rows far apart are read in several pieces; elsewhere a small one shows as
/// much.
constexpr uint64_t largest_packed_file = uint64_t{1} << 19;
constexpr uint64_t largest_file = uint64_t{1} << 14;

/// What is wrong with a case; each bit by itself.
enum Fault : uint8_t {
  wrong_size = 1,
  wrong_time = 2,
  wrong_inode = 4,
  wrong_path = 8,
  any_end = 16,  ///< the end of a range is any number, not one counted from the end of the file
  ragged = 32,   ///< MXFP4 rows that are no multiple of a block
};

/// Where and how a matrix is kept.
enum class Place : uint8_t { dense, strided, two_files, memory };

/// What a descriptor says of a range, before it is known how large the file is.
struct RangeDraw {
  uint64_t begin;
  uint64_t end;
  uint64_t claimed_size;
};

RangeDraw draw_range(FuzzInput& input) { return {input.number(), input.number(), input.number()}; }

FileRange describe(const RangeDraw& drawn, const MemoryFile& file, uint8_t faults) {
  FileRange range = file.range(drawn.begin, drawn.end);
  if ((faults & any_end) == 0) range.end = range.file_size - drawn.end;
  if ((faults & wrong_size) != 0) range.file_size = drawn.claimed_size;
  if ((faults & wrong_time) != 0) range.mtime_ns += 1;
  if ((faults & wrong_inode) != 0) range.inode += 1;
  if ((faults & wrong_path) != 0) range.path += "/none";
  return range;
}

bool same_file(const FileRange& a, const FileRange& b) {
  return a.file_size == b.file_size && a.mtime_ns == b.mtime_ns && a.inode == b.inode;
}

/// Who makes a matrix in memory knows its size, so it is made to fit, or stays in its file if it has to have
/// another; hostile ones come from files.
void keep_in_memory(FuzzCase& drawn, const std::optional<Shape>& wanted) {
  Matrix& matrix = drawn.matrix;
  const uint64_t fitting = drawn.content.size() / code_width(matrix.encoding);
  Shape shape{matrix.rows % 256, matrix.cols % 256, 1};
  if (wanted) {
    constexpr uint64_t most = uint64_t{1} << 16;
    shape = *wanted;
    const bool small = shape.rows < most && shape.cols < most && shape.taps < most;
    if (!small || shape.rows * shape.cols * shape.taps > fitting) return;
  } else if (shape.rows * shape.cols > 0) {
    shape.taps = std::min(matrix.taps % 4, fitting / (shape.rows * shape.cols));
  }
  const auto copy = std::make_shared<std::vector<uint8_t>>(drawn.content);
  copy->reserve(1);  // an empty one has an address, too
  matrix = memory_matrix(matrix.name, matrix.encoding, shape.rows, shape.cols, elements_of(copy), shape.taps);
}

}  // namespace

FuzzCase draw_case(FuzzInput input, const Files& files, const std::optional<Shape>& shape) {
  FuzzCase out;
  Matrix& matrix = out.matrix;
  matrix.encoding = static_cast<Encoding>(input.byte() % 7);
  const auto place = static_cast<Place>(input.byte() % 4);
  const uint8_t faults = input.byte();
  const bool packed = matrix.encoding == Encoding::mxfp4;
  matrix.rows = input.number();
  matrix.cols = input.number() * (packed ? mxfp4_block_elements : 1) + ((faults & ragged) != 0 ? 1 : 0);
  matrix.taps = input.number();
  if (shape) {
    matrix.rows = shape->rows;
    matrix.cols = shape->cols;
    matrix.taps = shape->taps;
  }
  matrix.first_row = input.number();
  matrix.row_step = input.number();
  matrix.strides = {matrix.first_row, matrix.cols, 1, matrix.count()};
  if (place == Place::strided) {
    matrix.strides.row = matrix.row_step;
    matrix.strides.col = input.number();
    matrix.strides.tap = input.number();
  }
  draw_work(input, out);

  const RangeDraw bytes = draw_range(input);
  const RangeDraw scales = draw_range(input);
  const uint64_t wish = input.number();

  // What is left of the input becomes the files.
  const uint64_t largest = packed ? largest_packed_file : largest_file;
  const uint64_t size = std::min(wish == 0 ? input.rest() : wish, largest);
  const bool apart = packed && place == Place::two_files;
  const MemoryFile& scales_file = apart ? files.scales : files.elements;
  out.content = input.content(size);
  out.scales_content = out.content;
  if (apart) std::reverse(out.scales_content.begin(), out.scales_content.end());
  files.elements.write(out.content);
  if (apart) files.scales.write(out.scales_content);
  matrix.bytes = describe(bytes, files.elements, faults);
  matrix.scales = describe(scales, scales_file, faults);
  out.path_exists = (faults & wrong_path) == 0;
  out.unchanged = same_file(matrix.bytes, files.elements.range(0, 0)) &&
                  (!packed || same_file(matrix.scales, scales_file.range(0, 0)));

  const bool wide = matrix.encoding == Encoding::f32 || matrix.encoding == Encoding::f64;
  if (place == Place::memory && wide) keep_in_memory(out, shape);
  return out;
}

void draw_work(FuzzInput& input, FuzzCase& out) {
  for (auto& block : out.blocks) {
    for (uint64_t& number : block) number = input.number();
  }
  out.key = {{input.byte(), input.byte()}, input.byte(), input.byte()};
  out.bucket_target = input.number() | 1;
  out.piece = input.number() | 1;
  out.cut = input.number();
}

uint64_t unit_of(const Matrix& matrix) {
  return matrix.encoding == Encoding::mxfp4 ? mxfp4_block_elements : 1;
}

Block FuzzCase::block(size_t i, uint64_t unit) const {
  const auto& raw = blocks[i];
  const uint64_t units = matrix.cols / unit;
  Block out{};
  out.tap = raw[0] % matrix.taps;
  out.row0 = raw[1] % matrix.rows;
  out.col0 = raw[3] % units;
  out.cols = 1 + raw[4] % (units - out.col0);
  out.col0 *= unit;
  out.cols *= unit;
  out.rows = 1 + raw[2] % (matrix.rows - out.row0);
  out.rows = std::clamp<uint64_t>(most_checked / out.cols, 1, out.rows);
  return out;
}

}  // namespace spectrap::fuzz
