#include "mxfp4_sums.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "decode.h"

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
constexpr uint64_t run = 1024;

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

}  // namespace

void Mxfp4Sums::add(const uint8_t* blocks, const uint8_t* scales, uint64_t count) {
  std::array<Spread, 256> spread;
  for (uint64_t start = 0; start < count; start += run) {
    const uint64_t size = std::min(run, count - start);
    const auto [least, most] = std::minmax_element(scales + start, scales + start + size);
    std::fill(spread.begin() + *least, spread.begin() + *most + 1, Spread{});
    for (uint64_t b = start; b < start + size; ++b) {
      const uint64_t sums = block_sums(blocks + b * mxfp4_block_bytes);
      Spread& to = spread[scales[b]];
      to.low += sums & low_fields;
      to.high += sums & high_fields;
      to.second += (sums >> second_at) + (uint64_t{1} << 32);
    }
    for (unsigned scale = *least; scale <= *most; ++scale) {
      const Spread& from = spread[scale];
      const auto number = static_cast<int64_t>(from.second >> 32);
      const auto bytes = number * static_cast<int64_t>(mxfp4_block_bytes);
      const auto below = [](uint64_t word, int bits) {
        return static_cast<int64_t>(word & ((uint64_t{1} << bits) - 1));
      };
      const int64_t first = static_cast<int64_t>(from.low >> first_at) - first_bias * bytes;
      const int64_t second = below(from.second, 32);
      const int64_t zeros = below(from.low, first_at);
      const int64_t third = 6 * (static_cast<int64_t>(from.high >> third_at) - third_bias * bytes) + first;
      const int64_t fourth = 12 * (below(from.high, third_at) >> fourth_at) + second;
      add(static_cast<uint8_t>(scale), static_cast<uint64_t>(number), {zeros, first, second, third, fourth});
    }
  }
}

void Mxfp4Sums::add(uint8_t scale, uint64_t count, const simd::Mxfp4CodeSums& sums) {
  Totals& to = totals_[scale];
  to.blocks += static_cast<int64_t>(count);
  to.sums.zeros += sums.zeros;
  to.sums.first += sums.first;
  to.sums.second += sums.second;
  to.sums.third += sums.third;
  to.sums.fourth += sums.fourth;
}

void Mxfp4Sums::add(const Mxfp4Sums& other) {
  for (size_t scale = 0; scale < totals_.size(); ++scale) {
    const Totals& from = other.totals_[scale];
    add(static_cast<uint8_t>(scale), static_cast<uint64_t>(from.blocks), from.sums);
  }
}

void Mxfp4Sums::add_to(MomentSums& sums) const {
  for (size_t scale = 0; scale < totals_.size(); ++scale) {
    const Totals& from = totals_[scale];
    if (from.blocks == 0) continue;
    const double unit = std::ldexp(1.0, static_cast<int>(scale) - 128);  // half of 2^(scale − 127)
    const double unit2 = unit * unit;
    sums.count += static_cast<uint64_t>(from.blocks) * mxfp4_block_elements;
    sums.zeros += static_cast<uint64_t>(from.sums.zeros);
    sums.sums[0] += unit * static_cast<double>(from.sums.first);
    sums.sums[1] += unit2 * static_cast<double>(from.sums.second);
    sums.sums[2] += unit2 * unit * static_cast<double>(from.sums.third);
    sums.sums[3] += unit2 * unit2 * static_cast<double>(from.sums.fourth);
  }
  sums.sum_squares = sums.sums[1];
}

}  // namespace spectrap
