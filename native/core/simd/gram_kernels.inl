#pragma once

#include "dot.h"
#include "stages.h"
#include "vector.h"

// The products of the Gram stage. Register blocks are 3 vectors of rows by as many columns as leave room for
// the 3 vectors of A and one broadcast element of B: 3 loads and NR broadcasts feed 3·NR multiply-adds.

namespace spectrap::simd::SPECTRAP_ISA {

constexpr int block_vectors = 3;
constexpr int block_columns = vector_registers == 32 ? 8 : 4;
/// A block's three strips of A take 18 KB, so that they stay in the first-level cache beside one of B; and no
/// float32 sum gets longer than some hundred terms.
constexpr uint64_t chunk_words = vector_bytes == 64 ? 96 : 192;

template <class T>
struct HalfVectors {
  // GCC ignores the attribute in an alias of a dependent type.
  typedef T Half __attribute__((vector_size(vector_bytes / 2)));  // NOLINT(modernize-use-using)
  Half low, high;
};
template <class T>
SPECTRAP_INLINE HalfVectors<T> split(Vector<T> v) {
  HalfVectors<T> both;
  __builtin_memcpy(&both, &v, sizeof v);
  return both;
}

/// How one product multiplies: Word is what is packed, Sum what words are summed in.
struct Int16Words {
  using Word = uint32_t;
  using Sum = PairSums;
  static constexpr bool integers = true;
#if defined(__aarch64__)
  static constexpr int columns = 4;  // two registers to a sum
#else
  static constexpr int columns = block_columns;
#endif
  static SPECTRAP_INLINE Sum step(Sum sum, Words a, Words b) { return dot_pairs(sum, a, b); }
  static SPECTRAP_INLINE Words left(Words a) { return a; }
  static SPECTRAP_INLINE Vector<int32_t> result(Sum sum) { return total(sum); }
};

/// The instruction wants one factor unsigned: A gets 128 added, and Σ 128·b, known from packing, is taken off
/// again.
struct Int8Words {
  using Word = uint32_t;
  using Sum = Vector<int32_t>;
  static constexpr bool integers = true;
  static constexpr int columns = block_columns;
  static SPECTRAP_INLINE Sum step(Sum sum, Words a, Words b) { return dot_quads(sum, a, b); }
  static SPECTRAP_INLINE Words left(Words a) { return a ^ 0x80808080u; }
  static SPECTRAP_INLINE Vector<int32_t> result(Sum sum) { return sum; }
};

struct Bf16Words {
  using Word = uint32_t;
  using Sum = Vector<float>;
  static constexpr bool integers = false;
  static constexpr int columns = block_columns;
  static SPECTRAP_INLINE Sum step(Sum sum, Words a, Words b) { return dot_bf16(sum, a, b); }
  static SPECTRAP_INLINE Words left(Words a) { return a; }
};

template <class Real>
struct RealWords {
  using Word = Real;
  using Sum = Vector<Real>;
  static constexpr bool integers = false;
  static constexpr int columns = block_columns;
  static SPECTRAP_INLINE Sum step(Sum sum, Vector<Real> a, Vector<Real> b) { return sum + a * b; }
  static SPECTRAP_INLINE Vector<Real> left(Vector<Real> a) { return a; }
};

/// c[0, lanes) += sum, where the lanes of `sum` are as wide as those of c or half as wide.
SPECTRAP_INLINE void add_to(double* c, Vector<double> sum) { store(c, load(c) + sum); }
SPECTRAP_INLINE void add_to(double* c, Vector<float> sum) {
  const auto [low, high] = split<float>(sum);
  add_to(c, __builtin_convertvector(low, Vector<double>));
  add_to(c + lanes<double>, __builtin_convertvector(high, Vector<double>));
}
SPECTRAP_INLINE void add_to(float* c, Vector<float> sum) { store(c, load(c) + sum); }

/// c[0, lanes) += factor·sum.
SPECTRAP_INLINE void add_scaled(double* c, Vector<int32_t> sum, double factor) {
  const auto [low, high] = split<int32_t>(sum);
  add_to(c, __builtin_convertvector(low, Vector<double>) * broadcast(factor));
  add_to(c + lanes<double>, __builtin_convertvector(high, Vector<double>) * broadcast(factor));
}
SPECTRAP_INLINE void add_scaled(float* c, Vector<int32_t> sum, double factor) {
  add_to(c, __builtin_convertvector(sum, Vector<float>) * broadcast(static_cast<float>(factor)));
}

/// Keeps the compiler from replacing the load of a vector by loads of its lanes.
template <class V>
SPECTRAP_INLINE V in_register(V v) {
#if defined(__aarch64__)
  __asm__("" : "+w"(v));
#endif
  return v;
}

/// One register block: c (column-major, `side` apart) += factor·AᵀB.
template <class Kind, class Real>
SPECTRAP_INLINE void multiply_block(uint64_t words, const typename Kind::Word* a,
                                    const typename Kind::Word* b, uint64_t stride, double factor, Real* c,
                                    uint64_t side) {
  using Word = typename Kind::Word;
  constexpr int width = lanes<Word>;
  constexpr int columns = Kind::columns;
  constexpr int b_strips = columns > width ? columns / width : 1;
  constexpr int line = 64 / static_cast<int>(sizeof(Real));
  typename Kind::Sum sums[columns][block_vectors] = {};
  for (int j = 0; j < columns; ++j) {
    for (int i = 0; i < block_vectors * width; i += line) __builtin_prefetch(c + j * side + i, 1);
  }
  if constexpr (__is_same(Kind, Int8Words)) {
    for (int j = 0; j < columns; ++j) {
      const auto bias = static_cast<int32_t>(b[(j / width) * stride + words * width + j % width]);
      for (int i = 0; i < block_vectors; ++i) sums[j][i] = sums[j][i] - 128 * bias;
    }
  }
  for (uint64_t w = 0; w < words; ++w) {
    const Vector<Word> a0 = Kind::left(load(a));
    const Vector<Word> a1 = Kind::left(load(a + stride));
    const Vector<Word> a2 = Kind::left(load(a + 2 * stride));
    // Columns from several strips are taken from whole vectors: so many addresses would not stay in
    // registers.
    Vector<Word> b_vectors[b_strips];
    if constexpr (b_strips > 1) {
      for (int s = 0; s < b_strips; ++s) b_vectors[s] = in_register(load(b + s * stride));
    }
    for (int j = 0; j < columns; ++j) {
      const Vector<Word> bj = broadcast(b_strips > 1 ? b_vectors[j / width][j % width] : b[j]);
      sums[j][0] = Kind::step(sums[j][0], a0, bj);
      sums[j][1] = Kind::step(sums[j][1], a1, bj);
      sums[j][2] = Kind::step(sums[j][2], a2, bj);
    }
    a += width;
    b += width;
  }
  for (int j = 0; j < columns; ++j) {
    for (int i = 0; i < block_vectors; ++i) {
      Real* to = c + j * side + i * width;
      if constexpr (Kind::integers) {
        add_scaled(to, Kind::result(sums[j][i]), factor);
      } else {
        add_to(to, sums[j][i]);
      }
    }
  }
}

template <class Kind, class Real>
void multiply_tile(const TileStep<Real>& step) {
  using Word = typename Kind::Word;
  constexpr uint64_t width = lanes<Word>;
  constexpr uint64_t rows = block_vectors * width;
  const auto* a = static_cast<const Word*>(step.a);
  const auto* b = static_cast<const Word*>(step.b);
  for (uint64_t i = 0; i < step.side; i += rows) {
    for (uint64_t j = 0; j < step.side; j += Kind::columns) {
      if (step.diagonal && j >= i + rows) break;
      multiply_block<Kind>(step.words, a + i / width * step.stride, b + j / width * step.stride + j % width,
                           step.stride, step.factor, step.c + j * step.side + i, step.side);
    }
  }
}

inline void pack_float64(const void* values, uint64_t words, uint64_t columns, double factor, void* strips,
                         uint64_t stride) {
  constexpr uint64_t width = lanes<double>;
  const auto* from = static_cast<const double*>(values);
  for (uint64_t w = 0; w < words; ++w) {
    auto* to = static_cast<double*>(strips) + w * width;
    for (uint64_t c = 0; c < columns; c += width, to += stride) {
      store(to, load(from + w * columns + c) * broadcast(factor));
    }
  }
}

/// Packs words that combine() makes of the values, times `factor`, of `depth` rows.
template <int depth, class Combine>
SPECTRAP_INLINE void pack_words(const void* values, uint64_t words, uint64_t columns, double factor,
                                void* strips, uint64_t stride, Combine combine) {
  constexpr uint64_t width = lanes<float>;
  const auto* from = static_cast<const float*>(values);
  const Vector<float> scale = broadcast(static_cast<float>(factor));
  for (uint64_t w = 0; w < words; ++w, from += depth * columns) {
    auto* to = static_cast<uint32_t*>(strips) + w * width;
    for (uint64_t c = 0; c < columns; c += width, to += stride) {
      Vector<float> rows[depth];
      for (int d = 0; d < depth; ++d) rows[d] = load(from + d * columns + c) * scale;
      store(to, combine(rows));
    }
  }
}

inline void pack_float32(const void* values, uint64_t words, uint64_t columns, double factor, void* strips,
                         uint64_t stride) {
  pack_words<1>(values, words, columns, factor, strips, stride,
                [](const Vector<float>* v) { return (Words)v[0]; });
}

inline void pack_bf16(const void* values, uint64_t words, uint64_t columns, double factor, void* strips,
                      uint64_t stride) {
  pack_words<2>(values, words, columns, factor, strips, stride,
                [](const Vector<float>* v) { return (Words)v[0] >> 16 | ((Words)v[1] & 0xffff0000u); });
}

SPECTRAP_INLINE Words integers(Vector<float> v) {
  return (Words) __builtin_convertvector(v, Vector<int32_t>);
}

inline void pack_int16(const void* values, uint64_t words, uint64_t columns, double factor, void* strips,
                       uint64_t stride) {
  pack_words<2>(values, words, columns, factor, strips, stride,
                [](const Vector<float>* v) { return (integers(v[0]) & 0xffffu) | integers(v[1]) << 16; });
}

inline void pack_int8(const void* values, uint64_t words, uint64_t columns, double factor, void* strips,
                      uint64_t stride) {
  pack_words<4>(values, words, columns, factor, strips, stride, [](const Vector<float>* v) {
    return (integers(v[0]) & 255u) | (integers(v[1]) & 255u) << 8 | (integers(v[2]) & 255u) << 16 |
           integers(v[3]) << 24;
  });
}

/// Writes the sum of each column's integers behind its last word.
inline void finish_int8(void* strips, uint64_t words, uint64_t columns, uint64_t stride) {
  constexpr uint64_t width = lanes<float>;
  auto* strip = static_cast<uint32_t*>(strips);
  for (uint64_t c = 0; c < columns; c += width, strip += stride) {
    Vector<int32_t> sum{};
    for (uint64_t w = 0; w < words; ++w) {
      const Words word = load(strip + w * width);
      for (int shift = 0; shift < 32; shift += 8) sum += (Vector<int32_t>)(word << (24 - shift)) >> 24;
    }
    store(strip + words * width, (Words)sum);
  }
}

inline void add_squares(const float* values, uint64_t rows, uint64_t columns, double* sums) {
  using Half = HalfVectors<float>::Half;
  for (uint64_t c = 0; c < columns; c += lanes<double>) {
    Vector<double> sum = load(sums + c);
    for (uint64_t r = 0; r < rows; ++r) {
      Half half;
      __builtin_memcpy(&half, values + r * columns + c, sizeof half);
      const Vector<double> value = __builtin_convertvector(half, Vector<double>);
      sum += value * value;
    }
    store(sums + c, sum);
  }
}

/// Elsewhere int8 and BF16 only serve the tests: AVX2's products of bytes are 16 bits wide and must be
/// widened or split (at best 1.16 times int16 in registers on a Zen 1, and for integers up to 90 only), and
/// BF16 must be widened, which packing to float32 does once.
constexpr GramKernels gram_kernels() {
#if defined(SPECTRAP_SMALL_DOTS)
  constexpr bool dots = true;
#else
  constexpr bool dots = false;
#endif
  // The order of Product.
  return {vector_bytes,
          chunk_words,
          dots,
          dots,
          {&pack_int8, &pack_int16, &pack_bf16, &pack_float32, &pack_float64},
          &finish_int8,
          &add_squares,
          {&multiply_tile<Int8Words, double>, &multiply_tile<Int16Words, double>,
           &multiply_tile<Bf16Words, double>, &multiply_tile<RealWords<float>, double>,
           &multiply_tile<RealWords<double>, double>},
          {&multiply_tile<Int8Words, float>, &multiply_tile<Int16Words, float>,
           &multiply_tile<Bf16Words, float>, &multiply_tile<RealWords<float>, float>, nullptr}};
}

}  // namespace spectrap::simd::SPECTRAP_ISA
