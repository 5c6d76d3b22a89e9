#pragma once

#include <cstdint>

namespace spectrap {

namespace simd {
struct GramKernels;
}

/// The arithmetic of a Gram product: what entries are packed as, and what their products are summed in.
enum class Product : uint8_t {
  int8,   ///< |integer| ≤ 127, four to a word; int32 sums, exact
  int16,  ///< |integer| ≤ most_int16, two to a word; int32 sums, exact
  bf16,   ///< two to a word; products exact, float32 sums of a few hundred, those summed in the result's type
  float32,  ///< float32 products and sums, likewise
  float64,
};
constexpr uint64_t product_count = 5;

/// With larger integers int32 sums would have to be added to the result after fewer than four words.
constexpr uint32_t most_int16 = 16383;

/// Rows of W (of its longer side) in a word of packed data: 32 bits, 64 for float64.
constexpr uint64_t word_depth(Product product) {
  return product == Product::int8 ? 4 : product == Product::int16 || product == Product::bf16 ? 2 : 1;
}
constexpr uint64_t word_bytes(Product product) { return product == Product::float64 ? 8 : 4; }

constexpr bool is_integer(Product product) { return product == Product::int8 || product == Product::int16; }

/// What the digits of a matrix's entries have in common. Depends on the entries alone, not on their places,
/// so that a matrix and its shuffled copies agree.
class Digits {
 public:
  /// The next entries, in any order. Entries must be finite.
  void add(const float* values, uint64_t count);
  void add(const double* values, uint64_t count);

  /// The largest power of two that divides every entry; 0 if all are zero.
  double unit() const;
  /// Of |entry|.
  double largest() const { return largest_; }
  /// Whether every entry has at most 8 significant bits: BF16 holds it, its exponent apart.
  bool fit_bf16() const { return !beyond_bf16_; }

 private:
  double unit_ = 0;  ///< 0: none seen
  double largest_ = 0;
  bool beyond_bf16_ = false;
};

/// What float32 results promise, whatever they are made of: |Δλ| ≤ single_promise·λmax.
constexpr double single_promise = 1e-5;

/// How a Gram matrix is formed.
struct ProductChoice {
  Product product = Product::float64;
  double unit = 1;       ///< of integers: entry = integer·unit
  uint32_t largest = 0;  ///< of integers: the largest magnitude
  /// The eigenvalues of the Gram matrix are those of WᵀW to promise·λmax: 1e-12 where nothing but sums is
  /// rounded, and those to float64; 1e-7 where exact products are summed in float32, but the diagonal in
  /// float64; 1e-5 where the result is float32.
  double promise = 1e-12;
};

/// The fastest product for a matrix whose Gram matrix is wanted in Real: integers where all entries are small
/// multiples of one power of two, BF16 where it holds every entry, else the type of the result. Where the
/// kernels have no BF16 arithmetic, its place is taken by float32, whose products of such entries are exact,
/// too. `length` is the longer side. Matrices whose Gram matrices are to be added or compared need one
/// choice, made from the digits of all of them.
template <class Real>
ProductChoice choose_product(const Digits& digits, uint64_t length, const simd::GramKernels& kernels);

}  // namespace spectrap
