#include "philox.h"

#include <algorithm>

#include "clones.h"

namespace spectrap {
namespace {

constexpr uint32_t multiplier[2] = {0xD2511F53, 0xCD9E8D57};
constexpr uint32_t weyl[2] = {0x9E3779B9, 0xBB67AE85};  // the key's step from round to round
constexpr int rounds = 10;
constexpr uint64_t lanes = 16;

uint32_t high(uint64_t product) { return static_cast<uint32_t>(product >> 32); }
uint32_t low(uint64_t product) { return static_cast<uint32_t>(product); }

}  // namespace

std::array<uint32_t, 4> philox4x32(const std::array<uint32_t, 4>& counter,
                                   const std::array<uint32_t, 2>& key) {
  std::array<uint32_t, 4> words;
  philox4x32_blocks(counter[0], 1, {counter[1], counter[2], counter[3]}, key, words.data());
  return words;
}

SPECTRAP_CLONES
void philox4x32_blocks(uint32_t first_block, uint64_t blocks, const std::array<uint32_t, 3>& tail,
                       const std::array<uint32_t, 2>& key, uint32_t* words) {
  for (uint64_t block = 0; block < blocks; block += lanes) {
    uint32_t x0[lanes], x1[lanes], x2[lanes], x3[lanes];
    for (uint64_t l = 0; l < lanes; ++l) {
      x0[l] = first_block + static_cast<uint32_t>(block + l);
      x1[l] = tail[0];
      x2[l] = tail[1];
      x3[l] = tail[2];
    }
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    for (int round = 0; round < rounds; ++round) {
      for (uint64_t l = 0; l < lanes; ++l) {
        const uint64_t p0 = uint64_t{multiplier[0]} * x0[l];
        const uint64_t p1 = uint64_t{multiplier[1]} * x2[l];
        x0[l] = high(p1) ^ x1[l] ^ k0;
        x1[l] = low(p1);
        x2[l] = high(p0) ^ x3[l] ^ k1;
        x3[l] = low(p0);
      }
      k0 += weyl[0];
      k1 += weyl[1];
    }
    const uint64_t count = std::min(lanes, blocks - block);
    for (uint64_t l = 0; l < count; ++l) {
      uint32_t* to = words + 4 * (block + l);
      to[0] = x0[l];
      to[1] = x1[l];
      to[2] = x2[l];
      to[3] = x3[l];
    }
  }
}

}  // namespace spectrap
