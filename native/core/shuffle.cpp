#include "shuffle.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <string>

#include "error.h"
#include "isa.h"
#include "philox.h"

namespace spectrap {
namespace {

/// Beyond this many buckets the cursors of the scatter no longer stay in the caches.
constexpr unsigned most_bucket_bits = 11;
/// Products of a word and a bucket size must stay below 2^53, where the definition in TypeScript computes
/// them.
constexpr uint64_t bucket_limit = uint64_t{1} << 21;
/// Elements between the one that is moved and the one whose place is fetched.
constexpr uint64_t prefetch_distance = 32;
constexpr uint64_t halves_per_block = 8;
constexpr uint64_t batch_blocks = 256;
constexpr uint64_t batch_words = 4 * batch_blocks;
constexpr uint64_t batch_ids = halves_per_block * batch_blocks;

unsigned bucket_bits(uint64_t count, uint64_t bucket_target) {
  unsigned bits = 0;
  while (bits < most_bucket_bits && (count + bucket_target - 1) / bucket_target > (uint64_t{1} << bits))
    ++bits;
  return bits;
}

std::array<uint32_t, 3> counter_tail(const ShuffleKey& key, uint32_t stream) {
  return {stream, key.tap, key.replica};
}

std::array<uint32_t, 2> philox_key(const ShuffleKey& key) { return {key.words[0], key.words[1]}; }

/// Calls visit(first element, count, ids) over the bucket ids of elements [begin, end).
template <class Visit>
void for_each_ids(const ShuffleKey& key, unsigned bits, uint64_t begin, uint64_t end, Visit visit) {
  std::array<uint32_t, batch_words> words;
  std::array<uint16_t, batch_ids> ids;
  const unsigned shift = 16 - bits;
  const uint32_t both_halves = (0xffffu >> shift) * 0x10001u;
  for (uint64_t at = begin; at < end;) {
    const uint64_t skip = at % halves_per_block;
    const uint64_t count = std::min(batch_ids - skip, end - at);
    const uint64_t blocks = (skip + count + halves_per_block - 1) / halves_per_block;
    philox4x32_blocks(static_cast<uint32_t>(at / halves_per_block), blocks, counter_tail(key, 0),
                      philox_key(key), words.data());
    // The upper bits of both halves of a word at once; the lower half is the first id.
    for (uint64_t w = 0; w < 4 * blocks; ++w) words[w] = words[w] >> shift & both_halves;
    std::memcpy(ids.data(), words.data(), 4 * blocks * sizeof(uint32_t));
    visit(at, count, ids.data() + skip);
    at += count;
  }
}

/// Where each bucket ends when they are laid one behind the other. Throws SHUFFLE_TOO_LARGE.
std::vector<uint64_t> bucket_ends(const ShuffleKey& key, uint64_t count, unsigned bits) {
  if (count >> 32 != 0) {
    throw Error("SHUFFLE_TOO_LARGE", std::to_string(count) + " elements; fewer than 2^32 can be shuffled");
  }
  std::vector<uint64_t> sizes(uint64_t{1} << bits);
  for_each_ids(key, bits, 0, count, [&](uint64_t, uint64_t n, const uint16_t* ids) {
    for (uint64_t i = 0; i < n; ++i) ++sizes[ids[i]];
  });
  if (*std::max_element(sizes.begin(), sizes.end()) >= bucket_limit) {
    throw Error("SHUFFLE_TOO_LARGE", std::to_string(count) + " elements fill a bucket of 2^21");
  }
  std::partial_sum(sizes.begin(), sizes.end(), sizes.begin());
  return sizes;
}

/// Words of one stream, in order.
class WordStream {
 public:
  /// `expected` words are wanted, or few more.
  WordStream(const ShuffleKey& key, uint32_t stream, uint64_t expected)
      : key_(key), stream_(stream), expected_(expected) {}

  /// The words that can be had at once, at least one: how many, and where.
  uint64_t ready() {
    if (used_ == batch_words) refill();
    return batch_words - used_;
  }
  const uint32_t* data() const { return words_.data() + used_; }
  void skip(uint64_t count) { used_ += count; }

  uint32_t next() {
    ready();
    return words_[used_++];
  }

 private:
  void refill() {
    const uint64_t blocks = std::clamp<uint64_t>((expected_ + 3) / 4, 1, batch_blocks);
    // The batch is filled from its end, so that used_ == batch_words still means empty.
    used_ = batch_words - 4 * blocks;
    philox4x32_blocks(block_, blocks, counter_tail(key_, stream_), philox_key(key_), words_.data() + used_);
    block_ += static_cast<uint32_t>(blocks);
    expected_ -= std::min(expected_, 4 * blocks);
  }

  const ShuffleKey& key_;
  uint32_t stream_;
  uint32_t block_ = 0;
  uint64_t used_ = batch_words;
  uint64_t expected_;
  std::array<uint32_t, batch_words> words_;
};

/// A number below `size`, exactly uniform: the upper half of word·size, drawn again in the few cases that
/// would favour some numbers (Lemire 2019).
uint32_t bounded(WordStream& words, uint32_t size) {
  uint64_t product = uint64_t{words.next()} * size;
  if (static_cast<uint32_t>(product) < size) {
    const uint32_t rejected = (0u - size) % size;
    while (static_cast<uint32_t>(product) < rejected) product = uint64_t{words.next()} * size;
  }
  return static_cast<uint32_t>(product >> 32);
}

/// Fisher–Yates (Durstenfeld 1964) of one bucket.
template <class Code>
void shuffle_bucket(const ShuffleKey& key, uint32_t bucket, Code* codes, uint64_t size) {
  WordStream words(key, bucket + 1, size);
  std::array<uint32_t, batch_words> draws;
  for (uint64_t left = size; left > 1;) {
    const uint64_t count = std::min(words.ready(), left - 1);
    if (stages().draw_below(words.data(), count, static_cast<uint32_t>(left), draws.data())) {
      words.skip(count);
    } else {
      for (uint64_t k = 0; k < count; ++k) draws[k] = bounded(words, static_cast<uint32_t>(left - k));
    }
    Code* last = codes + left - 1;
    for (uint64_t k = 0; k < count; ++k) std::swap(*last--, codes[draws[k]]);
    left -= count;
  }
}

/// First all places, then all moves. In one loop no cursor could be read before the place of the element
/// before it is known, since the processor cannot tell that moves do not write cursors. And places that are
/// known ahead can be fetched ahead: the lines of 512 buckets fill the first-level cache.
template <class Code>
void scatter(const std::byte* codes, uint64_t count, const uint16_t* ids, uint64_t* cursors, Code* to) {
  std::array<uint32_t, batch_ids + prefetch_distance> places;
  for (uint64_t i = 0; i < count; ++i) places[i] = static_cast<uint32_t>(cursors[ids[i]]++);
  std::fill_n(places.begin() + count, prefetch_distance, 0u);
  for (uint64_t i = 0; i < count; ++i) {
    __builtin_prefetch(to + places[i + prefetch_distance], 1);
    std::memcpy(to + places[i], codes + i * sizeof(Code), sizeof(Code));
  }
}

/// Calls visit with a null pointer to the unsigned type that is `code_width` bytes wide.
template <class Visit>
void with_code(uint64_t code_width, Visit visit) {
  switch (code_width) {
    case 1:
      return visit(static_cast<uint8_t*>(nullptr));
    case 2:
      return visit(static_cast<uint16_t*>(nullptr));
    case 4:
      return visit(static_cast<uint32_t*>(nullptr));
    default:
      return visit(static_cast<uint64_t*>(nullptr));
  }
}

}  // namespace

BucketShuffle::BucketShuffle(const ShuffleKey& key, uint64_t count, uint64_t code_width, void* destination,
                             uint64_t bucket_target)
    : key_(key),
      count_(count),
      code_width_(code_width),
      destination_(destination),
      bucket_bits_(bucket_bits(count, bucket_target)),
      ends_(bucket_ends(key, count, bucket_bits_)),
      cursors_(ends_.size()) {
  std::copy(ends_.begin(), ends_.end() - 1, cursors_.begin() + 1);
}

void BucketShuffle::append(const void* codes, uint64_t count) {
  if (count > count_ - appended_) throw std::logic_error("more elements than the shuffle was made for");
  with_code(code_width_, [&]<class Code>(Code*) {
    for_each_ids(key_, bucket_bits_, appended_, appended_ + count,
                 [&](uint64_t first, uint64_t n, const uint16_t* ids) {
                   scatter(static_cast<const std::byte*>(codes) + (first - appended_) * sizeof(Code), n, ids,
                           cursors_.data(), static_cast<Code*>(destination_));
                 });
  });
  appended_ += count;
}

void BucketShuffle::finish(Team& team) {
  if (appended_ != count_) throw std::logic_error("fewer elements than the shuffle was made for");
  with_code(code_width_, [&]<class Code>(Code*) {
    team.run(
        ends_.size(),
        [](void* opaque, uint64_t bucket) {
          const auto& self = *static_cast<const BucketShuffle*>(opaque);
          const uint64_t begin = bucket == 0 ? 0 : self.ends_[bucket - 1];
          shuffle_bucket(self.key_, static_cast<uint32_t>(bucket),
                         static_cast<Code*>(self.destination_) + begin, self.ends_[bucket] - begin);
        },
        this);
  });
}

uint64_t BucketShuffle::scratch_bytes(uint64_t count) {
  const uint64_t buckets = uint64_t{1} << bucket_bits(count, shuffle_bucket_target);
  return 2 * buckets * sizeof(uint64_t) + batch_words * sizeof(uint32_t) +
         batch_ids * (sizeof(uint16_t) + sizeof(uint32_t));
}

uint64_t original_position(const ShuffleKey& key, uint64_t count, uint64_t position, uint64_t bucket_target) {
  if (position >= count) throw std::logic_error("no such position");
  const unsigned bits = bucket_bits(count, bucket_target);
  const std::vector<uint64_t> ends = bucket_ends(key, count, bits);
  const auto bucket =
      static_cast<uint32_t>(std::upper_bound(ends.begin(), ends.end(), position) - ends.begin());
  const uint64_t begin = bucket == 0 ? 0 : ends[bucket - 1];

  std::vector<uint32_t> ranks(ends[bucket] - begin);
  std::iota(ranks.begin(), ranks.end(), 0u);
  shuffle_bucket(key, bucket, ranks.data(), ranks.size());
  const uint32_t rank = ranks[position - begin];

  // The element is number `rank` of those that fell into this bucket.
  uint64_t seen = 0;
  uint64_t original = 0;
  for_each_ids(key, bits, 0, count, [&](uint64_t first, uint64_t n, const uint16_t* ids) {
    for (uint64_t i = 0; i < n && seen <= rank; ++i) {
      if (ids[i] == bucket && seen++ == rank) original = first + i;
    }
  });
  return original;
}

void original_positions(const ShuffleKey& key, uint64_t count, uint32_t* positions, Team& team) {
  BucketShuffle shuffle(key, count, sizeof(uint32_t), positions);
  std::array<uint32_t, batch_ids> in_order;
  for (uint64_t first = 0; first < count; first += in_order.size()) {
    const uint64_t part = std::min<uint64_t>(in_order.size(), count - first);
    std::iota(in_order.begin(), in_order.begin() + part, static_cast<uint32_t>(first));
    shuffle.append(in_order.data(), part);
  }
  shuffle.finish(team);
}

}  // namespace spectrap
