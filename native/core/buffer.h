#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "buffer_cache.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace spectrap {

/// Uninitialised scratch, aligned so that results never depend on where the allocator put it. Large buffers
/// ask for huge pages: first touch of a 66 MB Gram matrix in 4 KB pages costs 50 ms and more. Where the
/// thread has a BufferCache they come from there and go back to it.
template <class T>
class Buffer {
 public:
  explicit Buffer(uint64_t count) : count_(count), data_(allocate(bytes(count)), Free{bytes(count)}) {}

  T* data() { return static_cast<T*>(data_.get()); }
  const T* data() const { return static_cast<const T*>(data_.get()); }
  uint64_t size() const { return count_; }
  T& operator[](uint64_t i) { return data()[i]; }
  const T& operator[](uint64_t i) const { return data()[i]; }

  /// Bytes a buffer of `count` elements takes.
  static uint64_t bytes(uint64_t count) { return round_up(count * sizeof(T)); }

 private:
  static constexpr uint64_t small_alignment = 64;
  static constexpr uint64_t huge_page = uint64_t{2} << 20;

  static uint64_t alignment_of(uint64_t bytes) { return bytes < huge_page ? small_alignment : huge_page; }
  static uint64_t round_up(uint64_t bytes) {
    const uint64_t alignment = alignment_of(bytes);
    return (bytes + alignment - 1) / alignment * alignment;
  }

  static void* allocate(uint64_t bytes) {
    if (bytes == 0) return nullptr;
    if (bytes >= huge_page) {
      if (void* kept = BufferCache::take(bytes)) return kept;
    }
    void* memory = std::aligned_alloc(alignment_of(bytes), bytes);
    if (memory == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    if (bytes >= huge_page) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
  }

  struct Free {
    uint64_t bytes;
    void operator()(void* memory) const {
      if (bytes < huge_page || !BufferCache::keep(memory, bytes)) std::free(memory);
    }
  };

  uint64_t count_;
  std::unique_ptr<void, Free> data_;
};

}  // namespace spectrap
