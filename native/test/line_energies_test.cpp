#include "../core/line_energies.h"

#include <doctest/doctest.h>

#include "../core/block_reader.h"
#include "../core/decode.h"
#include "error_code.h"
#include "random_matrix.h"
#include "temporary_file.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

void check_lines(const Matrix& matrix, uint64_t tap) {
  BlockReader reader(matrix);
  std::vector<std::byte> codes(matrix.count() * code_width(matrix.encoding));
  reader.read(tap, 0, matrix.rows, 0, matrix.cols, codes.data());
  std::vector<double> values(matrix.count());
  decode(matrix.encoding, codes.data(), matrix.count(), values.data());
  const LineEnergies found = line_energies(matrix, tap, {matrix.rows - 1, 0}, {3, matrix.cols - 1});
  const auto square = [&](uint64_t row, uint64_t col) {
    return values[row * matrix.cols + col] * values[row * matrix.cols + col];
  };
  for (const uint64_t i : {0, 1}) {
    const uint64_t row = i == 0 ? matrix.rows - 1 : 0;
    const uint64_t col = i == 0 ? 3 : matrix.cols - 1;
    double row_sum = 0;
    double col_sum = 0;
    for (uint64_t c = 0; c < matrix.cols; ++c) row_sum += square(row, c);
    for (uint64_t r = 0; r < matrix.rows; ++r) col_sum += square(r, col);
    CHECK(found.rows[i] == doctest::Approx(row_sum).epsilon(1e-14));
    CHECK(found.cols[i] == doctest::Approx(col_sum).epsilon(1e-14));
  }
}

}  // namespace

TEST_CASE("energies of rows and columns, of floats and of every second MXFP4 row") {
  check_lines(memory_matrix(random_matrix<float>(30, 40, 1), 15, 40, 2), 1);
  check_lines(memory_matrix(random_matrix<double>(30, 40, 2), 30, 40), 0);

  std::mt19937 generator(3);
  std::vector<uint8_t> bytes(17 * 40);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(generator() % 128);
  const TemporaryFile file(bytes);
  Matrix matrix;
  matrix.rows = 10;
  matrix.cols = 64;
  matrix.encoding = Encoding::mxfp4;
  matrix.bytes = file.range(0, 640);
  matrix.scales = file.range(640, 680);
  matrix.first_row = 1;
  matrix.row_step = 2;
  check_lines(matrix, 0);
}

TEST_CASE("a line outside the matrix is refused") {
  const Matrix matrix = memory_matrix(random_matrix<float>(3, 4, 1), 3, 4);
  CHECK(error_code([&] { line_energies(matrix, 0, {3}, {}); }) == "CK_RANGE");
  CHECK(error_code([&] { line_energies(matrix, 0, {}, {4}); }) == "CK_RANGE");
  CHECK(error_code([&] { line_energies(matrix, 1, {0}, {0}); }) == "CK_RANGE");
}
