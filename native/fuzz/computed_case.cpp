#include "computed_case.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace spectrap::fuzz {
namespace {

constexpr uint64_t most_rank = 600;

/// Two numbers of opposite signs and widely different sizes among them.
double draw_scale(FuzzInput& input) {
  const int exponent = static_cast<int>(input.byte()) - 128;
  return std::ldexp(1.0 + input.byte() / 256.0, exponent) * (exponent % 2 == 0 ? 1 : -1);
}

/// At least 1, and mostly small.
uint64_t draw_side(FuzzInput& input) { return std::max<uint64_t>(input.number(), 1); }

}  // namespace

std::vector<size_t> ComputedCase::read_by_block() const {
  if (!low_rank()) return {0, 1};
  return parts.size() == 3 ? std::vector<size_t>{2} : std::vector<size_t>{};
}

Block ComputedCase::block(size_t i) const {
  uint64_t unit = 1;
  for (const size_t part : read_by_block()) unit = std::max(unit, unit_of(parts[part].matrix));
  Block out = drawn.block(i, unit);
  const uint64_t elements = most_products / terms();
  out.cols = std::min(out.cols, std::max(elements / unit, uint64_t{1}) * unit);
  out.rows = std::clamp<uint64_t>(elements / out.cols, 1, out.rows);
  return out;
}

ComputedCase draw_computed(FuzzInput& input, const std::array<Files, 3>& files) {
  ComputedCase out;
  Matrix& matrix = out.drawn.matrix;
  const uint8_t kind = input.byte() % 4;  // difference twice, product without and with a base
  const bool product = kind >= 2;
  const Shape shape{draw_side(input), draw_side(input), product ? 1 : draw_side(input)};
  const uint64_t rank = 1 + input.below(most_rank);
  const double scale = draw_scale(input);
  draw_work(input, out.drawn);
  matrix.rows = shape.rows;
  matrix.cols = shape.cols;
  matrix.taps = shape.taps;
  matrix.encoding = Encoding::f64;

  std::vector<Shape> shapes{shape, shape};
  if (product) shapes = {{shape.rows, rank, 1}, {rank, shape.cols, 1}};
  if (kind == 3) shapes.push_back(shape);
  const auto inputs = input.split(shapes.size());
  for (size_t i = 0; i < shapes.size(); ++i) {
    out.parts.push_back(draw_case(inputs[i], files[i], shapes[i]));
  }
  if (product) {
    LowRank made{out.parts[0].matrix, out.parts[1].matrix, scale, {}};
    if (kind == 3) made.base = out.parts[2].matrix;
    matrix.low_rank = std::make_shared<LowRank>(std::move(made));
  } else {
    matrix.difference = std::make_shared<Difference>(Difference{out.parts[0].matrix, out.parts[1].matrix});
  }
  return out;
}

}  // namespace spectrap::fuzz
