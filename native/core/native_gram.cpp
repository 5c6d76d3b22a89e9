#include "native_gram.h"

#include <algorithm>
#include <type_traits>

#include "error.h"
#include "isa.h"
#include "packed_gram.h"
#include "spectrum_check.h"

namespace spectrap {

template <class Real>
NativeGram<Real>::NativeGram(const Matrix& shape, Team& team)
    : shape_(shape),
      team_(team),
      stages_(stages()),
      data_(Tiles<Real>::size(shape.smaller())),
      tiles_(shape.smaller(), data_.data()),
      solver_(stages_, shape.smaller(), team) {}

template <class Real>
uint64_t NativeGram<Real>::bytes(const Matrix& shape) {
  return Buffer<Real>::bytes(Tiles<Real>::size(shape.smaller())) + TileSolver<Real>::bytes(shape.smaller());
}

template <class Real>
uint64_t NativeGram<Real>::scratch_bytes(const Matrix& shape) {
  return Buffer<std::byte>::bytes(packed_gram_scratch_bytes(shape, stages().gram));
}

template <class Real>
void NativeGram<Real>::choose(const Digits& digits) {
  choice_ = choose_product<Real>(digits, shape_.larger(), stages_.gram);
}

template <class Real>
void NativeGram<Real>::form(BlockSource& source, double scale, StageSeconds& seconds) {
  const StageTimer timer(seconds.gram);
  scale_ = scale;
  Buffer<std::byte> scratch(packed_gram_scratch_bytes(shape_, stages_.gram));
  const auto form_by = [&](const ProductChoice& choice) {
    return packed_gram(source, shape_, choice, scale, stages_.gram, tiles_, scratch.data(), team_);
  };
  if (sum_rounding(tiles_, form_by(choice_)) <= promise() / 2) return;
  if constexpr (std::is_same_v<Real, float>) {
    throw Error("SPECTRUM_CHECK", "rounding errors of the products line up");
  } else {
    form_by(ProductChoice{});
  }
}

template <class Real>
void NativeGram<Real>::clear(double scale) {
  scale_ = scale;
  std::fill(data_.data(), data_.data() + data_.size(), Real{0});
}

template <class Real>
void NativeGram<Real>::add(const NativeGram& other) {
  spectrap::add(other.tiles_, tiles_);
}

template <class Real>
std::vector<double> NativeGram<Real>::eigenvalues(double sum_squares, StageSeconds& seconds,
                                                  const std::atomic<bool>& cancelled) {
  const double gram_norm_squared = norm_squared(tiles_);
  std::vector<double> values = solver_.eigenvalues(tiles_, seconds, cancelled);
  check_and_unscale<Real>(values, scale_, sum_squares, gram_norm_squared, shape_);
  return values;
}

template <class Real>
EigenPairs NativeGram<Real>::top_pairs(uint64_t top, double sum_squares, StageSeconds& seconds,
                                       const std::atomic<bool>& cancelled) {
  const double gram_norm_squared = norm_squared(tiles_);
  auto pairs = solver_.top_pairs(tiles_, top, seconds, cancelled);
  check_and_unscale<Real>(pairs.values, scale_, sum_squares, gram_norm_squared, shape_);
  return pairs;
}

template <class Real>
uint64_t NativeGram<Real>::top_pairs_bytes(uint64_t m, uint64_t top) {
  return TileSolver<Real>::top_pairs_bytes(m, top);
}

template class NativeGram<double>;
template class NativeGram<float>;

}  // namespace spectrap
