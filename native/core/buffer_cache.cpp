#include "buffer_cache.h"

#include <algorithm>
#include <cstdlib>

#if defined(SPECTRAP_SANITIZED)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(memory, bytes)
#define ASAN_UNPOISON_MEMORY_REGION(memory, bytes)
#endif

namespace spectrap {
namespace {

constinit thread_local BufferCache* cache_of_thread = nullptr;

}  // namespace

BufferCache::BufferCache() { cache_of_thread = this; }

BufferCache::~BufferCache() {
  cache_of_thread = nullptr;
  clear();
}

void* BufferCache::take(uint64_t bytes) {
  return cache_of_thread == nullptr ? nullptr : cache_of_thread->take_kept(bytes);
}

bool BufferCache::keep(void* memory, uint64_t bytes) {
  BufferCache* cache = cache_of_thread;
  if (cache == nullptr || cache->count_ == cache->kept_.size()) return false;
  ASAN_POISON_MEMORY_REGION(memory, bytes);
  cache->kept_[cache->count_++] = {memory, bytes};
  return true;
}

void* BufferCache::take_kept(uint64_t bytes) {
  Block* const end = kept_.data() + count_;
  Block* const found =
      std::find_if(kept_.data(), end, [&](const Block& block) { return block.bytes == bytes; });
  if (found == end) {
    clear();
    return nullptr;
  }
  void* const memory = found->memory;
  *found = kept_[--count_];
  ASAN_UNPOISON_MEMORY_REGION(memory, bytes);
  return memory;
}

void BufferCache::clear() {
  for (; count_ > 0; --count_) {
    const Block& block = kept_[count_ - 1];
    ASAN_UNPOISON_MEMORY_REGION(block.memory, block.bytes);
    std::free(block.memory);
  }
}

}  // namespace spectrap
