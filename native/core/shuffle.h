#pragma once

#include <cstdint>
#include <vector>

#include "team.h"

namespace spectrap {

/// What a permutation depends on, beside the number of elements. `words` come from the seed and the name of
/// the matrix (shuffleKey in lib/spectrum/shuffle.ts).
struct ShuffleKey {
  uint32_t words[2];
  uint32_t tap = 0;
  uint32_t replica = 0;
};

/// Elements a bucket should have: few enough that its codes stay in the second-level cache.
constexpr uint64_t shuffle_bucket_target = 32768;

/// Applies the keyed permutation that lib/spectrum/shuffle.ts defines to elements that arrive in order:
/// a stable scatter into buckets drawn independently and uniformly, then Fisher–Yates inside each bucket.
/// Every permutation is equally likely (Rao 1961, Sandelius 1962), and no step leaves the cache.
/// `bucket_target` belongs to the definition of the permutation; only tests change it.
class BucketShuffle {
 public:
  /// `destination` takes `count` codes of `code_width` bytes (1, 2, 4 or 8). Throws SHUFFLE_TOO_LARGE.
  BucketShuffle(const ShuffleKey& key, uint64_t count, uint64_t code_width, void* destination,
                uint64_t bucket_target = shuffle_bucket_target);

  /// The next `count` codes in row-major order.
  void append(const void* codes, uint64_t count);

  /// After the last append: shuffles inside the buckets, a bucket a task. Then the destination is complete.
  void finish(Team& team);

  /// Bytes a shuffle of `count` elements allocates beside its destination.
  static uint64_t scratch_bytes(uint64_t count);

 private:
  ShuffleKey key_;
  uint64_t count_;
  uint64_t code_width_;
  void* destination_;
  unsigned bucket_bits_;
  std::vector<uint64_t> ends_;     ///< of the buckets
  std::vector<uint64_t> cursors_;  ///< where the next element of each bucket goes
  uint64_t appended_ = 0;
};

/// Where the element at `position` of the shuffled matrix stood in the original one. O(count) time, scratch
/// of one bucket. Throws SHUFFLE_TOO_LARGE.
uint64_t original_position(const ShuffleKey& key, uint64_t count, uint64_t position,
                           uint64_t bucket_target = shuffle_bucket_target);

/// Of all of them: `positions` takes `count` numbers, the shuffle of 0, 1, 2, …
void original_positions(const ShuffleKey& key, uint64_t count, uint32_t* positions, Team& team);

}  // namespace spectrap
