#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "decode.h"
#include "edit.h"
#include "encode.h"
#include "error.h"
#include "matrix.h"

namespace spectrap {

/// Rounds the entries an edit aims at to codes of the stored type, and keeps account of how far that is.
class EditRounding {
 public:
  explicit EditRounding(const Matrix& matrix) : matrix_(matrix), width_(code_width(matrix.encoding)) {}

  /// Targets of the entries from row-major place `first` on. Throws EDIT_RANGE.
  void round(uint64_t first, uint64_t count, const double* before, const double* targets, std::byte* codes) {
    if (const auto bad = encode(matrix_.encoding, targets, count, codes)) {
      const uint64_t place = first + *bad;
      throw Error("EDIT_RANGE", "an entry of the result is beyond the stored type (row " +
                                    std::to_string(place / matrix_.cols) + ", column " +
                                    std::to_string(place % matrix_.cols) + ")");
    }
    for (uint64_t i = 0; i < count; i += chunk) {
      const uint64_t n = std::min(chunk, count - i);
      decode(matrix_.encoding, codes + i * width_, n, after_);
      for (uint64_t j = 0; j < n; ++j) add(before[i + j], targets[i + j], after_[j]);
    }
  }

  /// Where every entry was rounded.
  EditReport report() const { return report(norm_); }
  /// Where only some were, of a matrix with this Σw².
  EditReport report(double sum_squares) const {
    if (sum_squares == 0) return {};
    return {std::sqrt(change_ / sum_squares), std::sqrt(rounding_ / sum_squares)};
  }

  uint64_t width() const { return width_; }

 private:
  void add(double before, double target, double after) {
    norm_ += before * before;
    change_ += (after - before) * (after - before);
    rounding_ += (after - target) * (after - target);
  }

  static constexpr uint64_t chunk = 256;
  const Matrix& matrix_;
  uint64_t width_;
  double after_[chunk];
  // Sums of squares over the entries.
  double norm_ = 0;
  double change_ = 0;
  double rounding_ = 0;
};

}  // namespace spectrap
