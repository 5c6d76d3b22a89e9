#pragma once

#include "block_reader.h"
#include "decode.h"
#include "matrix.h"
#include "row_blocks.h"
#include "shuffle.h"
#include "team.h"

namespace spectrap {

/// Writes the codes of a tap to `copy`, shuffled: count() codes of the encoding's width, row-major.
inline void shuffle_tap(BlockReader& reader, const Matrix& matrix, uint32_t tap, const ShuffleKey& key,
                        void* copy, Team& team) {
  BucketShuffle shuffle(key, matrix.count(), code_width(matrix.encoding), copy);
  for_each_row_block(reader, matrix, tap, [&](uint64_t, uint64_t rows, const std::byte* codes) {
    shuffle.append(codes, rows * matrix.cols);
  });
  shuffle.finish(team);
}

/// Bytes shuffle_tap() allocates.
inline uint64_t shuffle_tap_bytes(const Matrix& matrix) {
  return row_block_bytes(matrix) + BucketShuffle::scratch_bytes(matrix.count());
}

}  // namespace spectrap
