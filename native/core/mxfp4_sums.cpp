#include "mxfp4_sums.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "decode.h"
#include "isa.h"

namespace spectrap {
namespace {

// Of the integers h = 2v of a byte's two codes v, one 64-bit word holds, none of them negative:
//   zeros              bits  0…5    at most 32 in a block
//   (Σh⁴ − Σh²)/12     bits  6…21   54912: h²(h² − 1) is a multiple of 12
//   Σh + 24            bits 22…31   768
//   (Σh³ − Σh)/6 + 572 bits 32…46   18304: h³ − h is a multiple of 6
//   Σh²                bits 47…59   4608
// so that the sum of a block's sixteen words overflows nowhere, and one addition a byte serves all five.
constexpr int fourth_at = 6, first_at = 22, third_at = 32, second_at = 47;
constexpr int first_bias = 24, third_bias = 572;
constexpr int first_width = 10, third_width = 15, fourth_width = 16, zeros_width = 6;

constexpr std::array<uint64_t, 256> byte_sums = [] {
  constexpr int halves[8] = {0, 1, 2, 3, 4, 6, 8, 12};
  std::array<uint64_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    int zeros = 0, first = 0, second = 0, third = 0, fourth = 0;
    for (const unsigned code : {byte & 15, byte >> 4}) {
      const int magnitude = halves[code & 7];
      const int h = code < 8 ? magnitude : -magnitude;
      zeros += h == 0 ? 1 : 0;
      first += h;
      second += h * h;
      third += (h * h * h - h) / 6;
      fourth += h * h * (h * h - 1) / 12;
    }
    table[byte] = static_cast<uint64_t>(zeros) | static_cast<uint64_t>(fourth) << fourth_at |
                  static_cast<uint64_t>(first + first_bias) << first_at |
                  static_cast<uint64_t>(third + third_bias) << third_at |
                  static_cast<uint64_t>(second) << second_at;
  }
  return table;
}();

constexpr uint64_t field(int at, int width) { return ((uint64_t{1} << width) - 1) << at; }
constexpr uint64_t low_fields = field(0, zeros_width) | field(first_at, first_width);
constexpr uint64_t high_fields = field(fourth_at, fourth_width) | field(third_at, third_width);

/// Blocks whose words are added with every second field blank, which gives the others room for 1024 times
/// more.
constexpr uint64_t run = simd::mxfp4_run;
static_assert(run <= 1024);

struct Spread {
  uint64_t low, high;  ///< zeros and first; fourth and third
  uint64_t second;     ///< with the number of blocks above bit 32
};

uint64_t block_sums(const uint8_t* packed) {
  uint64_t halves[2];
  std::memcpy(halves, packed, sizeof halves);
  uint64_t even = 0;
  uint64_t odd = 0;
  for (const uint64_t word : halves) {
    for (int shift = 0; shift < 64; shift += 16) {
      even += byte_sums[word >> shift & 255];
      odd += byte_sums[word >> (shift + 8) & 255];
    }
  }
  return even + odd;
}

/// Where no instruction set does it: contract of simd::Mxfp4Kernels::sum.
void sum_by_table(const uint8_t* blocks, const uint8_t* scales, uint64_t count, uint8_t least, uint8_t most,
                  simd::Mxfp4CodeSums* sums) {
  std::array<Spread, 256> spread;
  std::fill(spread.begin() + least, spread.begin() + most + 1, Spread{});
  for (uint64_t b = 0; b < count; ++b) {
    const uint64_t words = block_sums(blocks + b * mxfp4_block_bytes);
    Spread& to = spread[scales[b]];
    to.low += words & low_fields;
    to.high += words & high_fields;
    to.second += (words >> second_at) + (uint64_t{1} << 32);
  }
  for (unsigned scale = least; scale <= most; ++scale) {
    const Spread& from = spread[scale];
    const auto number = static_cast<int64_t>(from.second >> 32);
    const auto bytes = number * static_cast<int64_t>(mxfp4_block_bytes);
    const auto below = [](uint64_t word, int bits) {
      return static_cast<int64_t>(word & ((uint64_t{1} << bits) - 1));
    };
    const int64_t first = static_cast<int64_t>(from.low >> first_at) - first_bias * bytes;
    const int64_t second = below(from.second, 32);
    simd::Mxfp4CodeSums& to = sums[scale];
    to.blocks += number;
    to.zeros += below(from.low, first_at);
    to.first += first;
    to.second += second;
    to.third += 6 * (static_cast<int64_t>(from.high >> third_at) - third_bias * bytes) + first;
    to.fourth += 12 * (below(from.high, third_at) >> fourth_at) + second;
  }
}

}  // namespace

void Mxfp4Sums::add(const uint8_t* blocks, const uint8_t* scales, uint64_t count) {
  const auto sum = stages().mxfp4.sum != nullptr ? stages().mxfp4.sum : &sum_by_table;
  for (uint64_t start = 0; start < count; start += run) {
    const uint64_t size = std::min(run, count - start);
    uint8_t least = 255;
    uint8_t most = 0;
    for (uint64_t b = start; b < start + size; ++b) {
      least = std::min(least, scales[b]);
      most = std::max(most, scales[b]);
    }
    sum(blocks + start * mxfp4_block_bytes, scales + start, size, least, most, totals_.data());
  }
}

void Mxfp4Sums::add(const Mxfp4Sums& other) {
  for (size_t scale = 0; scale < totals_.size(); ++scale) {
    simd::Mxfp4CodeSums& to = totals_[scale];
    const simd::Mxfp4CodeSums& from = other.totals_[scale];
    to.blocks += from.blocks;
    to.zeros += from.zeros;
    to.first += from.first;
    to.second += from.second;
    to.third += from.third;
    to.fourth += from.fourth;
  }
}

void Mxfp4Sums::add_to(MomentSums& sums) const {
  for (size_t scale = 0; scale < totals_.size(); ++scale) {
    const simd::Mxfp4CodeSums& from = totals_[scale];
    if (from.blocks == 0) continue;
    const double unit = std::ldexp(1.0, static_cast<int>(scale) - 128);  // half of 2^(scale − 127)
    const double unit2 = unit * unit;
    sums.count += static_cast<uint64_t>(from.blocks) * mxfp4_block_elements;
    sums.zeros += static_cast<uint64_t>(from.zeros);
    sums.sums[0] += unit * static_cast<double>(from.first);
    sums.sums[1] += unit2 * static_cast<double>(from.second);
    sums.sums[2] += unit2 * unit * static_cast<double>(from.third);
    sums.sums[3] += unit2 * unit2 * static_cast<double>(from.fourth);
  }
  sums.sum_squares = sums.sums[1];
}

}  // namespace spectrap
