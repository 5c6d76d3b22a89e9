#include "../core/block_reader.h"

#include <doctest/doctest.h>

#include <array>
#include <cstring>

#include "../core/decode.h"
#include "error_code.h"
#include "random_matrix.h"
#include "temporary_file.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

/// Behind a prefix of odd length, so that nothing is aligned.
constexpr uint64_t prefix = 13;

template <class Code>
std::vector<uint8_t> file_bytes(const std::vector<Code>& codes) {
  std::vector<uint8_t> bytes(prefix + codes.size() * sizeof(Code), 0xee);
  std::memcpy(bytes.data() + prefix, codes.data(), codes.size() * sizeof(Code));
  return bytes;
}

/// 0, 1, 2, …: the code of an element is its number in the stored tensor.
std::vector<uint16_t> numbered(uint64_t count) {
  std::vector<uint16_t> codes(count);
  for (uint64_t i = 0; i < count; ++i) codes[i] = static_cast<uint16_t>(i);
  return codes;
}

Matrix float_matrix(const TemporaryFile& file, uint64_t elements, uint64_t rows, uint64_t cols,
                    Strides strides, uint64_t taps = 1) {
  Matrix matrix;
  matrix.rows = rows;
  matrix.cols = cols;
  matrix.taps = taps;
  matrix.encoding = Encoding::bf16;
  matrix.bytes = file.range(prefix, prefix + elements * sizeof(uint16_t));
  matrix.strides = strides;
  return matrix;
}

std::vector<uint16_t> read_block(BlockReader& reader, uint64_t tap, uint64_t row0, uint64_t rows,
                                 uint64_t col0, uint64_t cols) {
  std::vector<uint16_t> codes(rows * cols);
  reader.read(tap, row0, rows, col0, cols, codes.data());
  return codes;
}

/// Elements of a block that are not where the strides say.
int misplaced(BlockReader& reader, const Matrix& matrix, uint64_t tap, uint64_t row0, uint64_t rows,
              uint64_t col0, uint64_t cols) {
  const auto codes = read_block(reader, tap, row0, rows, col0, cols);
  const Strides& s = matrix.strides;
  int wrong = 0;
  for (uint64_t r = 0; r < rows; ++r) {
    for (uint64_t c = 0; c < cols; ++c) {
      const uint64_t number = s.offset + (row0 + r) * s.row + (col0 + c) * s.col + tap * s.tap;
      wrong += codes[r * cols + c] == static_cast<uint16_t>(number) ? 0 : 1;
    }
  }
  return wrong;
}

/// Whole matrix, whole rows, a column slice and a single element, of every tap.
void check_blocks(const Matrix& matrix) {
  BlockReader reader(matrix);
  const uint64_t rows = matrix.rows;
  const uint64_t cols = matrix.cols;
  for (uint64_t tap = 0; tap < matrix.taps; ++tap) {
    CAPTURE(tap);
    CHECK(misplaced(reader, matrix, tap, 0, rows, 0, cols) == 0);
    CHECK(misplaced(reader, matrix, tap, 1, rows - 2, 0, cols) == 0);
    CHECK(misplaced(reader, matrix, tap, 0, rows, cols / 3, cols / 2) == 0);
    CHECK(misplaced(reader, matrix, tap, rows - 1, 1, cols - 1, 1) == 0);
  }
  reader.check_unchanged();
}

/// Stored rows of random MXFP4 blocks and scales, in one file: blocks behind the prefix, scales behind them.
struct StoredMxfp4 {
  uint64_t stored_rows;
  uint64_t cols;
  std::vector<uint8_t> bytes;

  StoredMxfp4(uint64_t stored_rows_, uint64_t cols_) : stored_rows(stored_rows_), cols(cols_) {
    bytes.resize(scales_begin() + stored_rows * cols / 32);
    std::mt19937 generator(5);
    for (uint64_t i = prefix; i < scales_begin(); ++i) bytes[i] = static_cast<uint8_t>(generator());
    for (uint64_t i = scales_begin(); i < bytes.size(); ++i)
      bytes[i] = static_cast<uint8_t>(110 + generator() % 20);
  }

  uint64_t scales_begin() const { return prefix + stored_rows * cols / 2; }

  Matrix matrix(const TemporaryFile& file, uint64_t first_row, uint64_t row_step, uint64_t rows) const {
    Matrix out;
    out.encoding = Encoding::mxfp4;
    out.rows = rows;
    out.cols = cols;
    out.bytes = file.range(prefix, scales_begin());
    out.scales = file.range(scales_begin(), bytes.size());
    out.first_row = first_row;
    out.row_step = row_step;
    return out;
  }

  std::vector<uint16_t> decoded_row(uint64_t stored_row) const {
    std::vector<uint16_t> codes(cols);
    mxfp4_to_bf16(bytes.data() + prefix + stored_row * cols / 2,
                  bytes.data() + scales_begin() + stored_row * cols / 32, cols / 32, codes.data());
    return codes;
  }
};

/// Whether a block equals its slice of the rows decoded one by one.
bool matches(BlockReader& reader, const StoredMxfp4& stored, const Matrix& matrix, uint64_t row0,
             uint64_t rows, uint64_t col0, uint64_t cols) {
  const auto codes = read_block(reader, 0, row0, rows, col0, cols);
  for (uint64_t r = 0; r < rows; ++r) {
    const auto row = stored.decoded_row(matrix.first_row + (row0 + r) * matrix.row_step);
    if (!std::equal(codes.begin() + static_cast<std::ptrdiff_t>(r * cols),
                    codes.begin() + static_cast<std::ptrdiff_t>((r + 1) * cols),
                    row.begin() + static_cast<std::ptrdiff_t>(col0))) {
      return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("blocks of contiguous rows: tall, wide, and a slice of a wider tensor's rows") {
  const TemporaryFile file(file_bytes(numbered(60'000)));
  check_blocks(float_matrix(file, 60'000, 300, 200, {0, 200, 1, 0}));
  check_blocks(float_matrix(file, 60'000, 20, 3000, {0, 3000, 1, 0}));
  check_blocks(float_matrix(file, 60'000, 100, 200, {20'000, 200, 1, 0}));
}

TEST_CASE("taps of a convolution kernel") {
  // [out 12][in 10][kh 3][kw 2]: rows are outputs, columns inputs.
  const TemporaryFile file(file_bytes(numbered(12 * 10 * 6)));
  check_blocks(float_matrix(file, 12 * 10 * 6, 12, 10, {0, 60, 6, 1}, 6));
}

TEST_CASE("gate and up of a transposed stack of floats with interleaved columns") {
  // Expert 1 of [experts 2][in 70][2·out 90]: up has rows 2·out + 1 and columns in.
  const uint64_t expert = 70 * 90;
  const TemporaryFile file(file_bytes(numbered(2 * expert)));
  check_blocks(float_matrix(file, 2 * expert, 45, 70, {expert, 2, 90, 0}));
  check_blocks(float_matrix(file, 2 * expert, 45, 70, {expert + 1, 2, 90, 0}));
}

TEST_CASE("a strided matrix keeps its covering bytes, others keep nothing") {
  const TemporaryFile file(file_bytes(numbered(6000)));
  const Matrix strided = float_matrix(file, 6000, 20, 30, {7, 2, 40, 0});
  CHECK(BlockReader::resident_bytes(strided) >= (19 * 2 + 29 * 40 + 1) * 2);
  CHECK(BlockReader::resident_bytes(strided) < (19 * 2 + 29 * 40 + 1) * 2 + 64);
  CHECK(BlockReader::resident_bytes(float_matrix(file, 6000, 60, 100, {0, 100, 1, 0})) == 0);
}

TEST_CASE("a matrix in memory, with taps") {
  const auto values = random_matrix<float>(60, 50, 1);
  const Matrix matrix = memory_matrix(values, 20, 50, 3);
  BlockReader reader(matrix);
  std::vector<float> block(5 * 7);
  reader.read(2, 10, 5, 30, 7, block.data());
  for (uint64_t r = 0; r < 5; ++r) {
    for (uint64_t c = 0; c < 7; ++c) CHECK(block[r * 7 + c] == values[(40 + 10 + r) * 50 + 30 + c]);
  }
}

TEST_CASE("gate rows and up rows of MXFP4 are interleaved") {
  std::vector<uint8_t> bytes(prefix);
  for (const uint8_t packed : std::vector<uint8_t>{0x11, 0x22, 0x33, 0x44})
    bytes.insert(bytes.end(), 16, packed);
  bytes.insert(bytes.end(), 4, 127);
  const TemporaryFile file(bytes);
  const auto half = [&](uint64_t first_row) {
    Matrix matrix;
    matrix.encoding = Encoding::mxfp4;
    matrix.rows = 2;
    matrix.cols = 32;
    matrix.bytes = file.range(prefix, prefix + 64);
    matrix.scales = file.range(prefix + 64, prefix + 68);
    matrix.first_row = first_row;
    matrix.row_step = 2;
    BlockReader reader(matrix);
    const auto codes = read_block(reader, 0, 0, 2, 0, 32);
    std::vector<float> values(64);
    decode(Encoding::mxfp4, codes.data(), 64, values.data());
    return values;
  };
  const auto rows = [](float first, float second) {
    std::vector<float> values(32, first);
    values.insert(values.end(), 32, second);
    return values;
  };
  CHECK(half(0) == rows(0.5f, 1.5f));
  CHECK(half(1) == rows(1.0f, 2.0f));
}

TEST_CASE("blocks of MXFP4 equal slices of the rows decoded one by one") {
  // 6000 stored rows of 192 elements: several pieces of 256 KB packed bytes, also with every other row.
  const StoredMxfp4 stored(6000, 192);
  const TemporaryFile file(stored.bytes);
  const std::pair<uint64_t, uint64_t> halves[] = {{0, 1}, {0, 2}, {1, 2}};
  for (const auto& half : halves) {
    const uint64_t first = half.first;
    const uint64_t step = half.second;
    CAPTURE(first);
    CAPTURE(step);
    const Matrix matrix = stored.matrix(file, first, step, 6000 / step);
    BlockReader reader(matrix);
    CHECK(matches(reader, stored, matrix, 0, matrix.rows, 0, 192));
    CHECK(matches(reader, stored, matrix, matrix.rows - 3, 3, 0, 192));
    CHECK(matches(reader, stored, matrix, 100, 50, 64, 96));
    CHECK(matches(reader, stored, matrix, matrix.rows - 1, 1, 160, 32));
  }
}

TEST_CASE("bad MXFP4 blocks are named by row of the matrix and block of the row") {
  StoredMxfp4 stored(40, 96);
  stored.bytes[stored.scales_begin() + 25 * 3 + 2] = 255;
  const TemporaryFile file(stored.bytes);
  const auto read = [&](uint64_t first, uint64_t col0, uint64_t cols) {
    BlockReader reader(stored.matrix(file, first, 2, 20));
    read_block(reader, 0, 0, 20, col0, cols);
  };
  CHECK(error_code([&] { read(0, 0, 96); }).empty());
  CHECK(error_code([&] { read(1, 0, 64); }).empty());
  CHECK(error_code([&] { read(1, 0, 96); }) == "MX_SCALE_NAN");
  CHECK(error_reason([&] { read(1, 0, 96); }).find("(row 12, block 2)") != std::string::npos);
  CHECK(error_reason([&] { read(1, 64, 32); }).find("(row 12, block 2)") != std::string::npos);

  stored.bytes[stored.scales_begin() + 25 * 3 + 2] = 253;
  stored.bytes[prefix + (25 * 3 + 2) * 16] = 0x07;
  file.write(stored.bytes);
  CHECK(error_code([&] { read(1, 0, 96); }) == "MX_OVERFLOW");
}

TEST_CASE("a file that changes or shrinks under the reader is noticed") {
  const auto bytes = file_bytes(numbered(100));
  const TemporaryFile file(bytes);
  BlockReader reader(float_matrix(file, 100, 10, 10, {0, 10, 1, 0}));
  file.write(std::vector<uint8_t>(bytes.begin(), bytes.end() - 1));
  CHECK(error_code([&] { reader.check_unchanged(); }) == "CK_FILE_CHANGED");
  CHECK(error_code([&] { read_block(reader, 0, 0, 10, 0, 10); }) == "ST_DATA_TRUNCATED");
}

TEST_CASE("a change of the scales' file alone is noticed") {
  const StoredMxfp4 stored(4, 32);
  const TemporaryFile blocks(stored.bytes);
  const TemporaryFile scales(stored.bytes);
  Matrix matrix = stored.matrix(blocks, 0, 1, 4);
  matrix.scales = scales.range(matrix.scales.begin, matrix.scales.end);
  BlockReader reader(matrix);
  CHECK(matches(reader, stored, matrix, 0, 4, 0, 32));
  reader.check_unchanged();
  scales.write({1, 2, 3});
  CHECK(error_code([&] { reader.check_unchanged(); }) == "CK_FILE_CHANGED");
}

TEST_CASE("a descriptor that points outside its byte range is refused before anything is read") {
  const TemporaryFile file(file_bytes(numbered(100)));
  const auto opened = [](const Matrix& matrix) { return error_code([&] { BlockReader reader(matrix); }); };
  const uint64_t huge = uint64_t{1} << 53;
  CHECK(opened(float_matrix(file, 100, 10, 10, {0, 10, 1, 0})).empty());
  CHECK(opened(float_matrix(file, 100, 10, 10, {1, 10, 1, 0})) == "CK_RANGE");
  CHECK(opened(float_matrix(file, 100, 11, 10, {0, 10, 1, 0})) == "CK_RANGE");
  CHECK(opened(float_matrix(file, 100, 10, 10, {0, 1, 11, 0})) == "CK_RANGE");
  CHECK(opened(float_matrix(file, 100, huge, huge, {0, huge, 1, 0})) == "CK_RANGE");
  CHECK(opened(float_matrix(file, 100, uint64_t{1} << 32, uint64_t{1} << 32, {0, 0, 0, 0})) == "CK_RANGE");

  const StoredMxfp4 stored(4, 64);
  const TemporaryFile packed(stored.bytes);
  CHECK(opened(stored.matrix(packed, 0, 1, 4)).empty());
  CHECK(opened(stored.matrix(packed, 1, 1, 4)) == "CK_RANGE");
  CHECK(opened(stored.matrix(packed, 0, huge, 4)) == "CK_RANGE");
  Matrix short_scales = stored.matrix(packed, 0, 1, 4);
  short_scales.scales.end -= 1;
  CHECK(opened(short_scales) == "CK_RANGE");
}

TEST_CASE("an empty matrix takes no memory and reads nothing, whatever its other sides claim") {
  const TemporaryFile file(file_bytes(numbered(100)));
  const uint64_t huge = uint64_t{1} << 53;
  for (const auto& [rows, cols, taps] :
       {std::array{huge, uint64_t{2}, uint64_t{0}}, std::array{huge, uint64_t{0}, huge},
        std::array{uint64_t{0}, huge, huge}}) {
    Matrix matrix = float_matrix(file, 100, rows, cols, {0, 2, huge, 1}, taps);
    CHECK(BlockReader::resident_bytes(matrix) == 0);
    BlockReader(matrix).check_unchanged();
    matrix.encoding = Encoding::mxfp4;
    matrix.scales = matrix.bytes;
    CHECK(BlockReader::resident_bytes(matrix) == 0);
    BlockReader(matrix).check_unchanged();
  }
}

TEST_CASE("a claimed size that is not the file's is told before memory of that size is taken") {
  const TemporaryFile file(file_bytes(numbered(100)));
  const uint64_t huge = uint64_t{1} << 53;
  Matrix matrix = float_matrix(file, 100, huge / 16, 2, {0, 1, huge / 16, 0});
  matrix.bytes.end = huge;
  matrix.bytes.file_size = huge;
  CHECK(error_code([&] { BlockReader reader(matrix); }) == "CK_FILE_CHANGED");
}
