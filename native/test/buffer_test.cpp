#include "../core/buffer.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <semaphore>
#include <thread>
#include <vector>

#include "../core/batch.h"

#if defined(SPECTRAP_SANITIZED)
#include <sanitizer/asan_interface.h>
#endif

using namespace spectrap;

namespace {

constexpr uint64_t mib = uint64_t{1} << 20;

/// Writes a mark into a buffer and frees it.
void leave(uint64_t bytes, uint8_t mark) {
  Buffer<uint8_t> buffer(bytes);
  buffer[0] = mark;
  buffer[bytes - 1] = mark;
}

}  // namespace

TEST_CASE("buffers are aligned, and take the bytes they say") {
  for (const uint64_t count : {uint64_t{1}, uint64_t{1000}, 2 * mib - 1, 2 * mib, 3 * mib}) {
    CAPTURE(count);
    Buffer<uint8_t> buffer(count);
    const uint64_t alignment = count < 2 * mib ? 64 : 2 * mib;
    CHECK(reinterpret_cast<uintptr_t>(buffer.data()) % alignment == 0);
    CHECK(Buffer<uint8_t>::bytes(count) % alignment == 0);
    CHECK(Buffer<uint8_t>::bytes(count) >= count);
    buffer[0] = buffer[count - 1] = 1;
  }
  CHECK(Buffer<double>(0).data() == nullptr);
}

TEST_CASE("a large buffer comes back to the next one of the same rounded size") {
  const BufferCache cache;
  const uint8_t* first = nullptr;
  {
    Buffer<uint8_t> buffer(5 * mib);
    first = buffer.data();
    buffer[0] = 7;
  }
  Buffer<double> again(6 * mib / sizeof(double));  // 5 MiB are rounded to 6, too
  CHECK(reinterpret_cast<uint8_t*>(again.data()) == first);
  CHECK(*reinterpret_cast<uint8_t*>(again.data()) == 7);
  Buffer<uint8_t> other(6 * mib);
  CHECK(other.data() != first);
}

TEST_CASE("each of several kept buffers is found by its size") {
  const BufferCache cache;
  constexpr std::array<uint64_t, 4> sizes{4 * mib, 8 * mib, 6 * mib, 4 * mib};
  {
    std::vector<Buffer<uint8_t>> held;
    for (const uint64_t bytes : sizes) held.emplace_back(bytes)[0] = static_cast<uint8_t>(bytes / mib);
  }
  std::vector<Buffer<uint8_t>> held;
  for (const uint64_t bytes : sizes) {
    held.emplace_back(bytes);
    CHECK(held.back()[0] == bytes / mib);
  }
}

TEST_CASE("a request that no kept buffer fits frees them all first") {
  const BufferCache cache;
  leave(4 * mib, 1);
  leave(2 * mib, 2);                             // misses: the 4 MiB are gone
  CHECK(BufferCache::take(4 * mib) == nullptr);  // misses too
  CHECK(BufferCache::take(2 * mib) == nullptr);
}

TEST_CASE("nothing is kept without a cache, after it, on another thread, or of small buffers") {
  CHECK_FALSE(BufferCache::keep(nullptr, 4 * mib));
  {
    const BufferCache cache;
    leave(2 * mib - 64, 1);
    CHECK(BufferCache::take(2 * mib - 64) == nullptr);
    leave(4 * mib, 1);
    std::thread([] {
      leave(4 * mib, 2);
      CHECK(BufferCache::take(4 * mib) == nullptr);
    }).join();
  }
  CHECK(BufferCache::take(4 * mib) == nullptr);
  CHECK_FALSE(BufferCache::keep(nullptr, 4 * mib));
}

TEST_CASE("more buffers than are kept are freed") {
  const BufferCache cache;
  {
    std::vector<Buffer<uint8_t>> many;
    for (int i = 0; i < 40; ++i) many.emplace_back(2 * mib);
  }
  int kept = 0;
  while (void* memory = BufferCache::take(2 * mib)) {
    std::free(memory);
    ++kept;
  }
  CHECK(kept == 16);
}

TEST_CASE("jobs of equal bytes in a row hand their buffers on, others do not") {
  std::vector<bool> reused;  // one thread runs all jobs
  {
    std::binary_semaphore filled(0);
    Batch batch(1, 100 * mib);
    batch.submit({1, [&](const std::atomic<bool>&, Team&) { filled.acquire(); }});
    int left = 4;
    std::binary_semaphore ended(0);
    for (const uint64_t bytes : {4 * mib, 4 * mib, 5 * mib, 5 * mib}) {
      batch.submit({bytes, [&](const std::atomic<bool>&, Team&) {
                      void* const kept = BufferCache::take(4 * mib);
                      reused.push_back(kept != nullptr);
                      if (kept != nullptr) std::free(kept);
                      leave(4 * mib, 9);
                      if (--left == 0) ended.release();
                    }});
    }
    filled.release();
    ended.acquire();
  }
  CHECK(reused == std::vector<bool>{false, true, false, true});
}

#if defined(__SANITIZE_ADDRESS__)
TEST_CASE("what is kept may not be touched") {
  const BufferCache cache;
  const uint8_t* memory = nullptr;
  {
    const Buffer<uint8_t> buffer(2 * mib);
    memory = buffer.data();
    CHECK(__asan_address_is_poisoned(memory) == 0);
  }
  CHECK(__asan_address_is_poisoned(memory) == 1);
  CHECK(__asan_address_is_poisoned(memory + 2 * mib - 1) == 1);
  const Buffer<uint8_t> again(2 * mib);
  CHECK(again.data() == memory);
  CHECK(__asan_region_is_poisoned(const_cast<uint8_t*>(memory), 2 * mib) == nullptr);
}
#endif
