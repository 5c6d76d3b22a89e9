#include "../core/philox.h"

#include <doctest/doctest.h>

#include <vector>

#include "../core/isa.h"

using namespace spectrap;
using Words = std::array<uint32_t, 4>;

TEST_CASE("Philox4x32-10 gives the known answers of Random123") {
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const uint32_t ones = 0xffffffff;
  CHECK(philox4x32({ones, ones, ones, ones}, {ones, ones}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("blocks in bulk are the blocks one by one, for any number of them") {
  for (const uint64_t blocks : {1u, 15u, 16u, 17u, 100u}) {
    CAPTURE(blocks);
    std::vector<uint32_t> words(4 * blocks + 1, 12345);
    philox4x32_blocks(0xfffffff0, blocks, {7, 8, 9}, {10, 11}, words.data());
    int wrong = 0;
    for (uint64_t b = 0; b < blocks; ++b) {
      const Words expected = philox4x32({static_cast<uint32_t>(0xfffffff0 + b), 7, 8, 9}, {10, 11});
      for (uint64_t i = 0; i < 4; ++i) wrong += words[4 * b + i] == expected[i] ? 0 : 1;
    }
    CHECK(wrong == 0);
    CHECK(words.back() == 12345);
  }
}

TEST_CASE("every instruction set gives the same words") {
  constexpr uint32_t first = 0xfffffff0;
  for (const simd::Stages* stages : available_stages()) {
    CAPTURE(stages->name);
    uint32_t known[4];
    stages->philox4x32_blocks(0x243f6a88, 1, {0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
                              known);
    CHECK(Words{known[0], known[1], known[2], known[3]} ==
          Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
    for (const uint64_t blocks : {1u, 3u, 4u, 7u, 8u, 9u, 16u, 31u, 32u, 33u, 100u}) {
      CAPTURE(blocks);
      std::vector<uint32_t> words(4 * blocks + 1, 12345);
      stages->philox4x32_blocks(first, blocks, {7, 8, 9}, {10, 11}, words.data());
      std::vector<uint32_t> one_by_one(4 * blocks + 1, 12345);
      for (uint64_t b = 0; b < blocks; ++b) {
        available_stages().front()->philox4x32_blocks(first + static_cast<uint32_t>(b), 1, {7, 8, 9},
                                                      {10, 11}, one_by_one.data() + 4 * b);
      }
      CHECK(words == one_by_one);
    }
  }
}
