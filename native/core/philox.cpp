#include "philox.h"

#include "isa.h"

namespace spectrap {

std::array<uint32_t, 4> philox4x32(const std::array<uint32_t, 4>& counter,
                                   const std::array<uint32_t, 2>& key) {
  std::array<uint32_t, 4> words;
  philox4x32_blocks(counter[0], 1, {counter[1], counter[2], counter[3]}, key, words.data());
  return words;
}

void philox4x32_blocks(uint32_t first_block, uint64_t blocks, const std::array<uint32_t, 3>& tail,
                       const std::array<uint32_t, 2>& key, uint32_t* words) {
  stages().philox4x32_blocks(first_block, blocks, {tail[0], tail[1], tail[2]}, {key[0], key[1]}, words);
}

}  // namespace spectrap
