#include "blas_gram.h"

#include <algorithm>
#include <type_traits>

#include "blas.h"
#include "buffer.h"
#include "decode.h"

namespace spectrap {
namespace {

constexpr uint64_t block_elements = 3 * (uint64_t{1} << 19);
constexpr uint64_t mxfp4_block = 32;

/// Decodes `count` codes and scales them. F64 has no float32 decoding: it is scaled in float64 first.
template <class Real>
void decode_scaled(Encoding encoding, const std::byte* codes, uint64_t count, double scale, Real* out) {
  if constexpr (std::is_same_v<Real, float>) {
    if (encoding == Encoding::f64) {
      const auto* values = reinterpret_cast<const double*>(codes);
      std::transform(values, values + count, out, [=](double w) { return static_cast<float>(w * scale); });
      return;
    }
  }
  decode(encoding, codes, count, out);
  if (scale == 1) return;
  const auto factor = static_cast<Real>(scale);
  for (uint64_t i = 0; i < count; ++i) out[i] *= factor;
}

}  // namespace

uint64_t gram_block(const Matrix& shape) {
  const uint64_t fitting = block_elements / std::max<uint64_t>(shape.smaller(), 1);
  return std::max(fitting / mxfp4_block * mxfp4_block, mxfp4_block);
}

template <class Real>
uint64_t gram_scratch_bytes(const Matrix& shape) {
  const uint64_t elements = std::min(gram_block(shape), shape.larger()) * shape.smaller();
  return Buffer<std::byte>::bytes(elements * code_width(shape.encoding)) + Buffer<Real>::bytes(elements);
}

template <class Real>
void gram(BlockSource& source, const Matrix& shape, double scale, Real* g) {
  const uint64_t m = shape.smaller();
  if (m == 0) return;
  const uint64_t length = shape.larger();
  const uint64_t step = std::min(gram_block(shape), length);
  Buffer<std::byte> codes(step * m * code_width(shape.encoding));
  Buffer<Real> block(step * m);
  const Blas& blas = Blas::get();

  std::fill(g, g + m * m, Real{0});
  for (uint64_t start = 0; start < length; start += step) {
    const uint64_t count = std::min(step, length - start);
    if (shape.tall()) {
      source.read(start, count, 0, m, codes.data());
    } else {
      source.read(0, m, start, count, codes.data());
    }
    decode_scaled(shape.encoding, codes.data(), count * m, scale, block.data());
    // Row-major count × m reads as column-major m × count: A·Aᵀ. Row-major m × count as count × m: Aᵀ·A.
    const int leading = static_cast<int>(shape.tall() ? m : count);
    blas.syrk(!shape.tall(), static_cast<int>(m), static_cast<int>(count), block.data(), leading, g);
  }
}

template <class Real>
double gram_norm_squared(const Real* g, uint64_t n) {
  double diagonal = 0;
  double below = 0;
  for (uint64_t j = 0; j < n; ++j) {
    const Real* column = g + j * n;
    diagonal += static_cast<double>(column[j]) * static_cast<double>(column[j]);
    double sum = 0;
    for (uint64_t i = j + 1; i < n; ++i)
      sum += static_cast<double>(column[i]) * static_cast<double>(column[i]);
    below += sum;
  }
  return diagonal + 2 * below;
}

template uint64_t gram_scratch_bytes<double>(const Matrix&);
template uint64_t gram_scratch_bytes<float>(const Matrix&);
template void gram<double>(BlockSource&, const Matrix&, double, double*);
template void gram<float>(BlockSource&, const Matrix&, double, float*);
template double gram_norm_squared<double>(const double*, uint64_t);
template double gram_norm_squared<float>(const float*, uint64_t);

}  // namespace spectrap
