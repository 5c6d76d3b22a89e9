#include "cka.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include "block_source.h"
#include "buffer.h"
#include "isa.h"
#include "packed_gram.h"
#include "simd/stages.h"
#include "tiles.h"

namespace spectrap {
namespace {

/// The shape of what goes into a Gram product. It has rows or columns of zeros behind the matrix where the
/// product would take the other side of the matrix itself: packed_gram() takes the smaller one, and that of
/// the columns where they are equal.
Matrix padded_shape(uint64_t rows, uint64_t cols) {
  Matrix shape;
  shape.encoding = Encoding::f64;
  shape.rows = rows;
  shape.cols = cols;
  return shape;
}

/// For AAᵀ.
Matrix shape_of_one(uint64_t rows, uint64_t cols) { return padded_shape(rows, std::max(cols, rows + 1)); }

/// For [A B]ᵀ[A B].
Matrix shape_of_both(uint64_t rows, uint64_t cols) {
  return padded_shape(std::max(rows, 2 * cols), 2 * cols);
}

bool is_wide(uint64_t rows, uint64_t cols) { return rows <= cols; }

/// [A], or [A B], one tap of each divided by its norm to a power of two, and zeros behind.
class BesideBlocks final : public BlockSource {
 public:
  BesideBlocks(std::initializer_list<CkaOperand> operands, uint64_t rows, uint64_t cols, uint64_t tap)
      : operands_(operands), rows_(rows), cols_(cols), tap_(tap), piece_(scratch_elements(cols)) {}

  static uint64_t bytes(uint64_t cols) { return Buffer<double>::bytes(scratch_elements(cols)); }

  void read(uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols, void* codes) override {
    auto* out = static_cast<double*>(codes);
    std::fill(out, out + rows * cols, 0.0);
    const uint64_t present = row0 < rows_ ? std::min(rows, rows_ - row0) : 0;
    for (uint64_t i = 0; i < operands_.size(); ++i) {
      const uint64_t begin = std::max(col0, i * cols_);
      const uint64_t end = std::min(col0 + cols, (i + 1) * cols_);
      if (begin < end) {
        copy(operands_[i], row0, present, begin - i * cols_, end - begin, out + (begin - col0), cols);
      }
    }
  }

 private:
  static uint64_t scratch_elements(uint64_t cols) { return std::max(uint64_t{1} << 16, cols); }

  void copy(const CkaOperand& from, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols, double* out,
            uint64_t stride) {
    int exponent = 0;
    std::frexp(from.norm, &exponent);
    const double factor = std::ldexp(1.0, -exponent);
    const uint64_t step = piece_.size() / cols;
    for (uint64_t r = 0; r < rows; r += step) {
      const uint64_t count = std::min(step, rows - r);
      from.reader.read(tap_, row0 + r, count, col0, cols, piece_.data());
      for (uint64_t i = 0; i < count; ++i) {
        const double* row = piece_.data() + i * cols;
        std::transform(row, row + cols, out + (r + i) * stride, [=](double w) { return factor * w; });
      }
    }
  }

  std::vector<CkaOperand> operands_;
  uint64_t rows_;
  uint64_t cols_;
  uint64_t tap_;
  Buffer<double> piece_;
};

/// A Gram matrix by float64 products, whatever the entries: those of narrower ones are fast, but their sums
/// are good for 1e-7 only.
class ExactGram {
 public:
  explicit ExactGram(const Matrix& shape)
      : shape_(shape), data_(Tiles<double>::size(shape.smaller())), tiles_(shape.smaller(), data_.data()) {}

  static uint64_t bytes(const Matrix& shape) {
    return Buffer<double>::bytes(Tiles<double>::size(shape.smaller()));
  }
  static uint64_t scratch_bytes(const Matrix& shape) {
    return Buffer<std::byte>::bytes(packed_gram_scratch_bytes(shape, stages().gram));
  }

  void form(BlockSource& source, Team& team) {
    Buffer<std::byte> scratch(packed_gram_scratch_bytes(shape_, stages().gram));
    packed_gram(source, shape_, ProductChoice{}, 1, stages().gram, tiles_, scratch.data(), team);
  }

  const Tiles<double>& tiles() const { return tiles_; }

 private:
  Matrix shape_;
  Buffer<double> data_;
  Tiles<double> tiles_;
};

/// ⟨G, H⟩ of symmetric matrices of one order.
double inner_product(const Tiles<double>& g, const Tiles<double>& h) {
  const uint64_t size = g.side() * g.side();
  double on = 0;
  double below = 0;
  for (uint64_t j = 0; j < g.count(); ++j) {
    for (uint64_t i = j; i < g.count(); ++i) {
      double sum = 0;
      for (uint64_t k = 0; k < size; ++k) sum += g.tile(i, j)[k] * h.tile(i, j)[k];
      (i == j ? on : below) += sum;
    }
  }
  return on + 2 * below;
}

double ratio(double cross, double first, double second) {
  return std::sqrt(cross) / std::sqrt(std::sqrt(first) * std::sqrt(second));
}

double wide_cka(const CkaOperand& first, const CkaOperand& second, uint64_t rows, uint64_t cols, uint64_t tap,
                Team& team) {
  const Matrix shape = shape_of_one(rows, cols);
  ExactGram g(shape);
  ExactGram h(shape);
  BesideBlocks of_first({first}, rows, cols, tap);
  g.form(of_first, team);
  BesideBlocks of_second({second}, rows, cols, tap);
  h.form(of_second, team);
  return ratio(inner_product(g.tiles(), h.tiles()), norm_squared(g.tiles()), norm_squared(h.tiles()));
}

double tall_cka(const CkaOperand& first, const CkaOperand& second, uint64_t rows, uint64_t cols, uint64_t tap,
                Team& team) {
  ExactGram gram(shape_of_both(rows, cols));
  BesideBlocks both({first, second}, rows, cols, tap);
  gram.form(both, team);
  double of_first = 0;
  double of_second = 0;
  double cross = 0;
  for (uint64_t j = 0; j < 2 * cols; ++j) {
    for (uint64_t i = j; i < 2 * cols; ++i) {
      const double entry = gram.tiles().at(i, j);
      const double square = entry * entry;
      if (j < cols && i >= cols) {
        cross += square;
      } else {
        (j < cols ? of_first : of_second) += i == j ? square : 2 * square;
      }
    }
  }
  return ratio(cross, of_first, of_second);
}

}  // namespace

double linear_cka(const CkaOperand& first, const CkaOperand& second, uint64_t rows, uint64_t cols,
                  uint64_t tap, Team& team) {
  return is_wide(rows, cols) ? wide_cka(first, second, rows, cols, tap, team)
                             : tall_cka(first, second, rows, cols, tap, team);
}

uint64_t linear_cka_bytes(uint64_t rows, uint64_t cols) {
  if (is_wide(rows, cols)) {
    const Matrix shape = shape_of_one(rows, cols);
    return 2 * ExactGram::bytes(shape) + ExactGram::scratch_bytes(shape) + 2 * BesideBlocks::bytes(cols);
  }
  const Matrix shape = shape_of_both(rows, cols);
  return ExactGram::bytes(shape) + ExactGram::scratch_bytes(shape) + BesideBlocks::bytes(cols);
}

}  // namespace spectrap
