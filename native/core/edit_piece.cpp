#include "edit_piece.h"

#include <algorithm>
#include <cstring>

#include "buffer.h"
#include "decode.h"
#include "error.h"

namespace spectrap {
namespace {

void lay(const std::byte* codes, const Matrix& matrix, uint64_t width, const Strides& place, std::byte* out) {
  constexpr uint64_t tile = 32;  // a line of memory of the piece holds codes of several rows or columns
  const uint64_t rows = matrix.rows;
  const uint64_t cols = matrix.cols;
  if (place.col == 1) {
    for (uint64_t r = 0; r < rows; ++r) {
      std::memcpy(out + (place.offset + r * place.row) * width, codes + r * cols * width, cols * width);
    }
    return;
  }
  for (uint64_t r0 = 0; r0 < rows; r0 += tile) {
    for (uint64_t c0 = 0; c0 < cols; c0 += tile) {
      for (uint64_t c = c0; c < std::min(c0 + tile, cols); ++c) {
        for (uint64_t r = r0; r < std::min(r0 + tile, rows); ++r) {
          std::memcpy(out + (place.offset + r * place.row + c * place.col) * width,
                      codes + (r * cols + c) * width, width);
        }
      }
    }
  }
}

const Matrix& matrix_of(const Piece::Part& part) { return part.edit.problem.matrix; }

/// What comes from outside decides where we write.
void check_piece(const Piece& piece) {
  uint64_t elements = 0;
  for (const Piece::Part& part : piece.parts) {
    const Matrix& matrix = matrix_of(part);
    const Edit& edit = part.edit.edit;
    const uint64_t count = matrix.count();
    const auto below = [](const std::vector<uint64_t>& values, uint64_t limit) {
      return std::all_of(values.begin(), values.end(), [&](uint64_t value) { return value < limit; });
    };
    const bool fits =
        !matrix.empty() && matrix.taps == 1 && matrix.rows <= piece.elements &&
        matrix.cols <= piece.elements && part.place.offset < piece.elements &&
        part.place.row <= piece.elements && part.place.col <= piece.elements &&
        part.place.offset + (matrix.rows - 1) * part.place.row + (matrix.cols - 1) * part.place.col <
            piece.elements;
    if (!fits || piece.elements >> 31 != 0 || !below(edit.entries, count) ||
        !below(edit.components, matrix.smaller()) ||
        code_width(matrix.encoding) != code_width(matrix_of(piece.parts.front()).encoding)) {
      throw Error("EDIT_PIECE", "a matrix or its edit does not lie in its piece");
    }
    elements += count;
  }
  if (elements != piece.elements) throw Error("EDIT_PIECE", "the matrices do not fill their piece");
}

uint64_t code_bytes(const Piece::Part& part) {
  return matrix_of(part).count() * code_width(matrix_of(part).encoding);
}

/// A matrix that is its piece needs no copy.
bool is_whole(const Piece& piece, const Piece::Part& part) {
  const Strides& place = part.place;
  return piece.parts.size() == 1 && place.offset == 0 && place.col == 1 && place.row == matrix_of(part).cols;
}

uint64_t piece_width(const Piece& piece) {
  return piece.parts.empty() ? 0 : code_width(matrix_of(piece.parts.front()).encoding);
}

}  // namespace

EditedPiece edit_piece(const Piece& piece, const std::atomic<bool>& cancelled, Team& team) {
  check_piece(piece);
  const uint64_t width = piece_width(piece);
  EditedPiece edited;
  edited.bytes.resize(piece.elements * width);
  for (const Piece::Part& part : piece.parts) {
    const Matrix& matrix = matrix_of(part);
    if (is_whole(piece, part)) {
      edited.reports.push_back(edit_matrix(part.edit, cancelled, team, edited.bytes.data()));
      continue;
    }
    Buffer<std::byte> codes(code_bytes(part));
    edited.reports.push_back(edit_matrix(part.edit, cancelled, team, codes.data()));
    lay(codes.data(), matrix, width, part.place, edited.bytes.data());
  }
  return edited;
}

uint64_t piece_bytes(const Piece& piece) {
  uint64_t most = 0;
  for (const Piece::Part& part : piece.parts) {
    const uint64_t copy = is_whole(piece, part) ? 0 : Buffer<std::byte>::bytes(code_bytes(part));
    most = std::max(most, copy + edit_bytes(part.edit));
  }
  return piece.elements * piece_width(piece) + most;
}

}  // namespace spectrap
