#include "product.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "clones.h"
#include "simd/stages.h"

namespace spectrap {
namespace {

constexpr int bf16_mantissa_bits = 7;

/// Bits of positive floats, which are in the order of the floats.
template <class Bits>
struct BitSummary {
  Bits least_unit = std::numeric_limits<Bits>::max();
  Bits largest = 0;
  Bits all = 0;
};

/// The unit of x is its lowest set bit. For a mantissa m ≠ 0 that is x less what m & (m − 1) leaves, an exact
/// difference; for m = 0 it is |x|.
template <class Real, class Bits>
[[gnu::always_inline]] inline BitSummary<Bits> summarize(const Real* values, uint64_t count) {
  constexpr int mantissa_bits = std::numeric_limits<Real>::digits - 1;
  constexpr Bits mantissa = (Bits{1} << mantissa_bits) - 1;
  constexpr Bits magnitude = std::numeric_limits<Bits>::max() >> 1;
  BitSummary<Bits> s;
  for (uint64_t i = 0; i < count; ++i) {
    const Bits x = std::bit_cast<Bits>(values[i]) & magnitude;
    const Bits has_fraction = Bits{0} - static_cast<Bits>((x & mantissa) != 0);
    const Bits rest = x & (x - 1) & has_fraction;
    const Bits unit = std::bit_cast<Bits>(std::bit_cast<Real>(x) - std::bit_cast<Real>(rest));
    s.least_unit = std::min(s.least_unit, static_cast<Bits>(unit - 1));  // a zero becomes the largest
    s.largest = std::max(s.largest, x);
    s.all |= x;
  }
  return s;
}

SPECTRAP_CLONES BitSummary<uint32_t> summary_of(const float* values, uint64_t count) {
  return summarize<float, uint32_t>(values, count);
}
SPECTRAP_CLONES BitSummary<uint64_t> summary_of(const double* values, uint64_t count) {
  return summarize<double, uint64_t>(values, count);
}

template <class Real, class Bits>
void merge(const BitSummary<Bits>& s, double& unit, double& largest, bool& beyond_bf16) {
  constexpr int dropped = std::numeric_limits<Real>::digits - 1 - bf16_mantissa_bits;
  if (s.largest == 0) return;
  const double least = std::bit_cast<Real>(s.least_unit + 1);
  unit = unit == 0 ? least : std::min(unit, least);
  largest = std::max<double>(largest, std::bit_cast<Real>(s.largest));
  beyond_bf16 = beyond_bf16 || (s.all & ((Bits{1} << dropped) - 1)) != 0;
}

/// Units whose inverse and square are normal numbers wherever they are multiplied.
bool usable_unit(double unit) { return unit >= 0x1p-126 && unit <= 0x1p126; }

}  // namespace

void Digits::add(const float* values, uint64_t count) {
  merge<float>(summary_of(values, count), unit_, largest_, beyond_bf16_);
}

void Digits::add(const double* values, uint64_t count) {
  merge<double>(summary_of(values, count), unit_, largest_, beyond_bf16_);
}

double Digits::unit() const { return unit_; }

template <class Real>
ProductChoice choose_product(const Digits& digits, uint64_t length, const simd::GramKernels& kernels) {
  constexpr bool single = std::is_same_v<Real, float>;
  constexpr double exact = single ? single_promise : 1e-12;
  constexpr double exact_products = single ? single_promise : 1e-7;
  // A zero matrix is one of integers, too.
  const double unit = digits.unit() == 0 ? 1 : digits.unit();
  const double largest = digits.largest() / unit;
  const bool sums_fit = largest * largest * static_cast<double>(length) < 0x1p53;
  if (usable_unit(unit) && largest <= most_int16 && sums_fit) {
    const bool narrow = kernels.fast_int8 && largest <= 127;
    return {narrow ? Product::int8 : Product::int16, unit, static_cast<uint32_t>(largest), exact};
  }
  if (digits.fit_bf16()) return {kernels.fast_bf16 ? Product::bf16 : Product::float32, 1, 0, exact_products};
  return {single ? Product::float32 : Product::float64, 1, 0, exact};
}

template ProductChoice choose_product<double>(const Digits&, uint64_t, const simd::GramKernels&);
template ProductChoice choose_product<float>(const Digits&, uint64_t, const simd::GramKernels&);

}  // namespace spectrap
