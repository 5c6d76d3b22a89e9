// Draws for Fisher–Yates, many at a time. Contract: Stages::draw_below in stages.h.

#include <cstdint>

#include "philox.inl"
#include "vector.h"

namespace spectrap::simd::SPECTRAP_ISA {

bool draw_below(const uint32_t* words, uint64_t count, uint32_t size, uint32_t* draws) {
  using Pairs = Vector<uint64_t>;
  using Words = Vector<uint32_t>;
  constexpr uint64_t step = lanes<uint32_t>;
  // Sizes of the even and of the odd words of a vector, each in the lower half of a 64-bit lane.
  Pairs even_sizes{};
  Pairs odd_sizes{};
  for (int l = 0; l < lanes<uint64_t>; ++l) {
    even_sizes[l] = size - 2 * static_cast<uint32_t>(l);
    odd_sizes[l] = size - 2 * static_cast<uint32_t>(l) - 1;
  }
  const Pairs upper = broadcast<uint64_t>(0xffffffff00000000);
  Words least = broadcast<uint32_t>(0xffffffff);
  uint64_t k = 0;
  for (; k + step <= count; k += step) {
    const Pairs pairs = (Pairs)load(words + k);
    const Pairs even = multiply_lower(pairs, even_sizes);
    const Pairs odd = multiply_lower(pairs >> 32, odd_sizes);
    store(draws + k, (Words)(even >> 32 | (odd & upper)));
    const Words lower = (Words)((even & ~upper) | odd << 32);
    least = lower < least ? lower : least;
    even_sizes -= step;
    odd_sizes -= step;
  }
  bool certain = true;
  for (uint64_t l = 0; l < step; ++l) certain &= least[l] >= size;
  for (; k < count; ++k) {
    const uint64_t product = static_cast<uint64_t>(words[k]) * (size - static_cast<uint32_t>(k));
    draws[k] = static_cast<uint32_t>(product >> 32);
    certain &= static_cast<uint32_t>(product) >= size;
  }
  return certain;
}

}  // namespace spectrap::simd::SPECTRAP_ISA
