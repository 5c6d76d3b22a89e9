#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "edit.h"
#include "matrix.h"
#include "team.h"

namespace spectrap {

/// Consecutive elements of a tensor, all of them made by matrices that are laid into each other, like gate
/// and up.
struct Piece {
  struct Part {
    EditProblem edit;
    Strides place;  ///< of the matrix in the piece; tap is not looked at
  };
  uint64_t elements = 0;
  std::vector<Part> parts;  ///< of one width of codes
};

struct EditedPiece {
  std::vector<std::byte> bytes;
  std::vector<EditReport> reports;  ///< one for each part
};

/// Edits the parts one after another and lays them into the piece. Throws EDIT_PIECE if the parts do not fill
/// it.
EditedPiece edit_piece(const Piece& piece, const std::atomic<bool>& cancelled, Team& team);

/// Peak bytes edit_piece() allocates, the piece itself included.
uint64_t piece_bytes(const Piece& piece);

}  // namespace spectrap
