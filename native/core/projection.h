#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "block_reader.h"
#include "buffer.h"
#include "decode.h"
#include "matrix.h"
#include "matrix_product.h"
#include "row_blocks.h"
#include "stage.h"
#include "team.h"

namespace spectrap {

/// Orthonormal vectors of the smaller side of a matrix and the projection of the matrix onto them, in
/// float64.
class Projection {
 public:
  /// `vectors`: `count` of them, of matrix.smaller() numbers each, one after another.
  Projection(const Matrix& matrix, std::vector<double> vectors, uint64_t count)
      : matrix_(matrix),
        count_(count),
        vectors_(std::move(vectors)),
        transposed_(vectors_.size()),
        values_(block_elements()),
        projected_(block_elements()),
        coefficients_((matrix.tall() ? row_block(matrix) : matrix.cols) * count) {
    const uint64_t m = matrix.smaller();
    for (uint64_t a = 0; a < count; ++a)
      for (uint64_t i = 0; i < m; ++i) transposed_[i * count + a] = vectors_[a * m + i];
  }

  /// Bytes an object allocates, its vectors included, and what for_each_block() does besides.
  static uint64_t bytes(const Matrix& matrix, uint64_t count) {
    const uint64_t block = row_block(matrix) * matrix.cols;
    return Buffer<double>::bytes(2 * count * matrix.smaller()) + 2 * Buffer<double>::bytes(block) +
           Buffer<double>::bytes((matrix.tall() ? row_block(matrix) : matrix.cols) * count) +
           row_block_bytes(matrix);
  }

  /// Calls visit(first row, rows, values, projected) over the only tap, in row-major order.
  template <class Visit>
  void for_each_block(BlockReader& reader, const std::atomic<bool>& cancelled, Team& team, Visit visit) {
    const uint64_t m = matrix_.smaller();
    const uint64_t cols = matrix_.cols;
    const Panel by_vector{vectors_.data(), m};
    const Panel by_entry{transposed_.data(), count_};
    const auto clear = [](Buffer<double>& buffer, uint64_t count) { std::fill_n(buffer.data(), count, 0.0); };
    if (!matrix_.tall()) {
      // Uᵀ·W takes all rows; only then a row of U·(Uᵀ·W) is known.
      clear(coefficients_, count_ * cols);
      decoded(reader, cancelled, [&](uint64_t row, uint64_t rows) {
        add_product({by_vector.data + row, m}, {values_.data(), cols}, coefficients_.data(), count_, rows,
                    cols, team);
      });
    }
    decoded(reader, cancelled, [&](uint64_t row, uint64_t rows) {
      clear(projected_, rows * cols);
      if (matrix_.tall()) {
        clear(coefficients_, rows * count_);
        add_product({values_.data(), m}, by_entry, coefficients_.data(), rows, m, count_, team);
        add_product({coefficients_.data(), count_}, by_vector, projected_.data(), rows, count_, m, team);
      } else {
        add_product({by_entry.data + row * count_, count_}, {coefficients_.data(), cols}, projected_.data(),
                    rows, count_, cols, team);
      }
      visit(row, rows, values_.data(), projected_.data());
    });
  }

 private:
  uint64_t block_elements() const { return row_block(matrix_) * matrix_.cols; }

  template <class Visit>
  void decoded(BlockReader& reader, const std::atomic<bool>& cancelled, Visit visit) {
    for_each_row_block(reader, matrix_, 0, [&](uint64_t row, uint64_t rows, const std::byte* codes) {
      check_cancelled(cancelled);
      decode(matrix_.encoding, codes, rows * matrix_.cols, values_.data());
      visit(row, rows);
    });
  }

  const Matrix& matrix_;
  uint64_t count_;
  std::vector<double> vectors_;
  Buffer<double> transposed_;    ///< the numbers of each entry together
  Buffer<double> values_;        ///< a block of rows
  Buffer<double> projected_;     ///< the same, projected
  Buffer<double> coefficients_;  ///< of the rows of a block (tall), or of all columns (wide)
};

}  // namespace spectrap
