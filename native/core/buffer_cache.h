#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace spectrap {

/// While one exists, the large buffers that its thread frees are kept for the next of exactly the same size.
/// Otherwise the system maps and clears the pages for every matrix anew: 3 ms for 100 MB in huge pages. A
/// thread has at most one.
///
/// Blocks that do not fit a request are freed before it is served. So the memory of buffers, kept ones
/// included, never exceeds what they took at their peak, and a job stays within the bytes it was admitted
/// for.
class BufferCache {
 public:
  BufferCache();
  ~BufferCache();
  BufferCache(const BufferCache&) = delete;
  BufferCache& operator=(const BufferCache&) = delete;

  /// A kept block of `bytes` with whatever was in it; null if there is none.
  static void* take(uint64_t bytes);

  /// False if the calling thread keeps none, or too many already: the block is still the caller's.
  static bool keep(void* memory, uint64_t bytes);

 private:
  struct Block {
    void* memory;
    uint64_t bytes;
  };

  void* take_kept(uint64_t bytes);
  void clear();

  std::array<Block, 16> kept_;
  size_t count_ = 0;
};

}  // namespace spectrap
