#pragma once

#include <array>
#include <cstdint>

namespace spectrap {

/// Philox4x32-10, a counter-based generator: the same counter and key give the same four words, on any
/// machine and in any order (Salmon, Moraes, Dror and Shaw 2011). Bit-equal to lib/spectrum/philox.ts.
std::array<uint32_t, 4> philox4x32(const std::array<uint32_t, 4>& counter,
                                   const std::array<uint32_t, 2>& key);

/// The words of counters [block, tail[0], tail[1], tail[2]] for `blocks` successive blocks: 4·blocks words.
void philox4x32_blocks(uint32_t first_block, uint64_t blocks, const std::array<uint32_t, 3>& tail,
                       const std::array<uint32_t, 2>& key, uint32_t* words);

}  // namespace spectrap
