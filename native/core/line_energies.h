#pragma once

#include <cstdint>
#include <vector>

#include "matrix.h"

namespace spectrap {

struct LineEnergies {
  std::vector<double> rows;
  std::vector<double> cols;
};

/// Peak bytes line_energies() allocates.
uint64_t line_energies_bytes(const Matrix& matrix);

/// Σw² of some rows and columns of a tap. Reads nothing but those rows and, of each row, the block of 32
/// entries that a column crosses; a strided matrix is read whole. Throws CK_RANGE for a line outside the
/// matrix, and whatever reading throws.
LineEnergies line_energies(const Matrix& matrix, uint64_t tap, const std::vector<uint64_t>& rows,
                           const std::vector<uint64_t>& cols);

}  // namespace spectrap
