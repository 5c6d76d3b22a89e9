#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "block_reader.h"
#include "matrix.h"

namespace spectrap {

/// What is done to every entry: w → scale·clamp(w − centre, −limit, limit), and 0 for those left out.
struct Alteration {
  double centre = 0;
  double limit = std::numeric_limits<double>::infinity();
  std::vector<uint64_t> left_out;  ///< row·cols + col
  double scale = 1;

  bool nothing() const {
    return centre == 0 && limit == std::numeric_limits<double>::infinity() && left_out.empty() && scale == 1;
  }
};

/// A tap with altered entries, in memory, rounded to float32: relative errors of 6e-8 an entry.
Matrix altered(BlockReader& reader, const Matrix& matrix, uint64_t tap, const Alteration& alteration);

/// Bytes altered() allocates: the copy, which lives as long as the matrix, and scratch besides.
uint64_t altered_bytes(const Matrix& matrix);
uint64_t altered_scratch_bytes(const Matrix& matrix);

}  // namespace spectrap
