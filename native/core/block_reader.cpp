#include "block_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "computed_blocks.h"
#include "decode.h"
#include "error.h"

namespace spectrap {
namespace {

/// Packed bytes of MXFP4 rows that are read at a time, if a row is not larger.
constexpr uint64_t packed_piece = uint64_t{1} << 18;
constexpr uint64_t tile = 32;

bool is_mxfp4(const Matrix& matrix) { return matrix.encoding == Encoding::mxfp4; }
bool is_on_disk(const Matrix& matrix) { return matrix.memory == nullptr && !matrix.computed(); }
bool is_resident(const Matrix& matrix) {
  return !is_mxfp4(matrix) && is_on_disk(matrix) && matrix.strides.col != 1 && !matrix.empty();
}

/// Elements from the first of the matrix to behind its last.
uint64_t covering_elements(const Matrix& matrix) {
  const Strides& s = matrix.strides;
  return (matrix.rows - 1) * s.row + (matrix.cols - 1) * s.col + (matrix.taps - 1) * s.tap + 1;
}

uint64_t resident_size(const Matrix& matrix) {
  return is_resident(matrix) ? covering_elements(matrix) * code_width(matrix.encoding) : 0;
}

/// Blocks in a row of MXFP4.
uint64_t row_blocks(const Matrix& matrix) { return matrix.cols / mxfp4_block_elements; }

/// Matrix rows whose stored rows, with those between them, are read at a time.
uint64_t rows_per_piece(const Matrix& matrix) {
  const uint64_t pitch = std::max<uint64_t>(matrix.row_step * row_blocks(matrix) * mxfp4_block_bytes, 1);
  return std::max<uint64_t>(packed_piece / pitch, 1);
}

/// Blocks that fit the scratch of a piece.
uint64_t scratch_blocks(const Matrix& matrix) {
  if (!is_mxfp4(matrix) || matrix.empty()) return 0;
  const uint64_t rows = std::min(rows_per_piece(matrix), matrix.rows);
  return ((rows - 1) * matrix.row_step + 1) * row_blocks(matrix);
}

/// sum + a·b, or the largest number if that does not fit.
uint64_t plus_product(uint64_t sum, uint64_t a, uint64_t b) {
  constexpr uint64_t largest = std::numeric_limits<uint64_t>::max();
  if (b != 0 && a > (largest - sum) / b) return largest;
  return sum + a * b;
}

void require_inside(const FileRange& range, uint64_t elements, uint64_t element_bytes) {
  if (range.begin <= range.end && range.end <= range.file_size &&
      plus_product(0, elements, element_bytes) <= range.end - range.begin) {
    return;
  }
  throw Error("CK_RANGE", "the matrix does not lie inside the bytes of its tensor", range.path);
}

/// The descriptor comes from outside, and what it says decides where we read. Strides may interleave matrices
/// but not fold one onto itself, so a matrix in range is never larger than its file.
const Matrix& checked(const Matrix& matrix) {
  if (!is_on_disk(matrix) || matrix.empty()) return matrix;
  const uint64_t elements = plus_product(0, plus_product(0, matrix.rows, matrix.cols), matrix.taps);
  if (is_mxfp4(matrix)) {
    if (matrix.cols % mxfp4_block_elements != 0) {
      throw Error("CK_RANGE", "an MXFP4 row must be a multiple of 32 elements", matrix.bytes.path);
    }
    const uint64_t stored_rows =
        plus_product(plus_product(1, matrix.rows - 1, matrix.row_step), matrix.first_row, 1);
    const uint64_t blocks =
        std::max(plus_product(0, stored_rows, row_blocks(matrix)), elements / mxfp4_block_elements);
    require_inside(matrix.bytes, blocks, mxfp4_block_bytes);
    require_inside(matrix.scales, blocks, 1);
    return matrix;
  }
  const Strides& s = matrix.strides;
  uint64_t last = plus_product(1, matrix.rows - 1, s.row);
  last = plus_product(last, matrix.cols - 1, s.col);
  last = plus_product(last, matrix.taps - 1, s.tap);
  last = plus_product(last, s.offset, 1);
  require_inside(matrix.bytes, std::max(last, elements), code_width(matrix.encoding));
  return matrix;
}

/// Transposes and thins by tiles, so that a line of memory that holds several elements is fetched once.
template <class Code>
void gather(const std::byte* from, const Strides& s, uint64_t first, uint64_t rows, uint64_t cols,
            std::byte* to) {
  for (uint64_t r0 = 0; r0 < rows; r0 += tile) {
    for (uint64_t c0 = 0; c0 < cols; c0 += tile) {
      for (uint64_t r = r0; r < std::min(r0 + tile, rows); ++r) {
        for (uint64_t c = c0; c < std::min(c0 + tile, cols); ++c) {
          std::memcpy(to + (r * cols + c) * sizeof(Code),
                      from + (first + r * s.row + c * s.col) * sizeof(Code), sizeof(Code));
        }
      }
    }
  }
}

void gather_codes(uint64_t width, const std::byte* from, const Strides& s, uint64_t first, uint64_t rows,
                  uint64_t cols, std::byte* to) {
  switch (width) {
    case 1:
      return gather<uint8_t>(from, s, first, rows, cols, to);
    case 2:
      return gather<uint16_t>(from, s, first, rows, cols, to);
    case 4:
      return gather<uint32_t>(from, s, first, rows, cols, to);
    default:
      return gather<uint64_t>(from, s, first, rows, cols, to);
  }
}

/// Nothing to open for a matrix in memory, or one that is computed.
std::optional<File> opened(bool on_disk, const FileRange& range) {
  std::optional<File> file;
  if (on_disk) file.emplace(range);
  return file;
}

Error bad_block(const BadMxfp4Block& bad, uint64_t row, uint64_t first_block, const std::string& path) {
  const std::string place =
      " (row " + std::to_string(row) + ", block " + std::to_string(first_block + bad.block) + ")";
  if (bad.why == BadMxfp4Block::Why::nan_scale) {
    return {"MX_SCALE_NAN", "an exponent byte of 255 means NaN" + place, path};
  }
  return {"MX_OVERFLOW", "a value is beyond float32" + place, path};
}

}  // namespace

BlockReader::BlockReader(const Matrix& matrix)
    : matrix_(checked(matrix)),
      width_(code_width(matrix.encoding)),
      file_(opened(is_on_disk(matrix), matrix.bytes)),
      scales_file_(opened(is_mxfp4(matrix), matrix.scales)),
      resident_(resident_size(matrix)),
      packed_(scratch_blocks(matrix) * mxfp4_block_bytes),
      scales_(scratch_blocks(matrix)),
      computed_(computed_blocks(matrix)) {
  if (is_resident(matrix)) {
    file_->read(matrix.bytes.begin + matrix.strides.offset * width_, resident_.data(), resident_.size());
  }
}

BlockReader::~BlockReader() = default;

void BlockReader::read(uint64_t tap, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols,
                       void* codes) {
  if (computed_) return computed_->read(tap, row0, rows, col0, cols, static_cast<double*>(codes));
  auto* out = static_cast<std::byte*>(codes);
  if (is_mxfp4(matrix_)) return read_mxfp4(row0, rows, col0, cols, static_cast<uint16_t*>(codes));
  const Strides& s = matrix_.strides;
  const uint64_t first = row0 * s.row + col0 * s.col + tap * s.tap;  // from the first element of the matrix
  if (matrix_.memory != nullptr) {
    const auto* values = static_cast<const std::byte*>(matrix_.memory.get());
    gather_codes(width_, values, s, s.offset + first, rows, cols, out);
  } else if (is_resident(matrix_)) {
    gather_codes(width_, resident_.data(), s, first, rows, cols, out);
  } else {
    read_contiguous(s.offset + first, rows, cols, out);
  }
}

void BlockReader::read_contiguous(uint64_t first, uint64_t rows, uint64_t cols, std::byte* out) const {
  const uint64_t begin = matrix_.bytes.begin + first * width_;
  if (matrix_.strides.row == cols) return file_->read(begin, out, rows * cols * width_);
  for (uint64_t r = 0; r < rows; ++r) {
    file_->read(begin + r * matrix_.strides.row * width_, out + r * cols * width_, cols * width_);
  }
}

void BlockReader::load_packed(uint64_t row0, uint64_t rows, uint64_t first_block, uint64_t blocks) {
  const uint64_t stored = row_blocks(matrix_);
  const uint64_t start = (matrix_.first_row + row0 * matrix_.row_step) * stored + first_block;
  const uint64_t span = (rows - 1) * matrix_.row_step * stored + blocks;
  file_->read(matrix_.bytes.begin + start * mxfp4_block_bytes, packed_.data(), span * mxfp4_block_bytes);
  scales_file_->read(matrix_.scales.begin + start, scales_.data(), span);
}

BlockReader::PackedRows BlockReader::read_packed(uint64_t row0, uint64_t max_rows) {
  const uint64_t stored = row_blocks(matrix_);
  const uint64_t rows = std::min(rows_per_piece(matrix_), max_rows);
  load_packed(row0, rows, 0, stored);
  const PackedRows read{packed_.data(), scales_.data(), rows, matrix_.row_step * stored};
  uint16_t decoded[mxfp4_block_elements];
  for (uint64_t r = 0; r < rows; ++r) {
    const uint8_t* scales = read.scales + r * read.pitch;
    uint8_t most = 0;  // without an early end, so that it is searched a register at a time
    for (uint64_t b = 0; b < stored; ++b) most = std::max(most, scales[b]);
    if (most <= largest_safe_mxfp4_scale) continue;
    for (uint64_t b = 0; b < stored; ++b) {
      const uint8_t* block = read.blocks + (r * read.pitch + b) * mxfp4_block_bytes;
      const auto bad = mxfp4_to_bf16(block, scales + b, 1, decoded);
      if (bad) throw bad_block({b, bad->why}, row0 + r, 0, matrix_.bytes.path);
    }
  }
  return read;
}

void BlockReader::read_mxfp4(uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols, uint16_t* out) {
  const uint64_t stored = row_blocks(matrix_);
  const uint64_t first_block = col0 / mxfp4_block_elements;
  const uint64_t blocks = cols / mxfp4_block_elements;
  // Whole rows of gate or up are read with the rows of the other half between them: one read for many rows
  // costs less than one for each. Narrower blocks are read row by row.
  const uint64_t piece = blocks == stored ? rows_per_piece(matrix_) : 1;
  for (uint64_t r0 = 0; r0 < rows; r0 += piece) {
    const uint64_t count = std::min(piece, rows - r0);
    load_packed(row0 + r0, count, first_block, blocks);
    for (uint64_t r = 0; r < count; ++r) {
      const uint64_t at = r * matrix_.row_step * stored;
      const auto bad = mxfp4_to_bf16(packed_.data() + at * mxfp4_block_bytes, scales_.data() + at, blocks,
                                     out + (r0 + r) * cols);
      if (bad) throw bad_block(*bad, row0 + r0 + r, first_block, matrix_.bytes.path);
    }
  }
}

void BlockReader::check_unchanged() const {
  if (file_) file_->check_unchanged();
  if (scales_file_) scales_file_->check_unchanged();
  if (computed_) computed_->check_unchanged();
}

uint64_t BlockReader::resident_bytes(const Matrix& matrix) {
  return Buffer<std::byte>::bytes(resident_size(matrix)) +
         Buffer<uint8_t>::bytes(scratch_blocks(matrix) * mxfp4_block_bytes) +
         Buffer<uint8_t>::bytes(scratch_blocks(matrix)) + computed_blocks_bytes(matrix);
}

}  // namespace spectrap
