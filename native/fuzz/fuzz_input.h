#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace spectrap::fuzz {

/// Draws a test case from the fuzzer's bytes. Behind their end all is 0, so that any bytes are a case.
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  uint8_t byte() { return at_ < size_ ? data_[at_++] : 0; }

  /// Small numbers take one byte, so that most changes of a byte are small changes of the case; any other
  /// number, and those at which arithmetic breaks, can still be drawn.
  uint64_t number() {
    constexpr std::array<uint64_t, 12> edges{
        uint64_t{1} << 31,
        (uint64_t{1} << 32) - 1,
        uint64_t{1} << 32,
        (uint64_t{1} << 53) - 1,
        uint64_t{1} << 53,
        uint64_t{1} << 58,
        uint64_t{1} << 59,
        uint64_t{1} << 60,
        uint64_t{1} << 61,
        uint64_t{1} << 63,
        std::numeric_limits<uint64_t>::max() - 1,
        std::numeric_limits<uint64_t>::max(),
    };
    const uint8_t first = byte();
    switch (first) {
      case 252:
        return bytes(2);
      case 253:
        return bytes(4);
      case 254:
        return bytes(8);
      case 255:
        return edges[byte() % edges.size()];
      default:
        return first;
    }
  }

  /// A number below `limit`, which is not 0.
  uint64_t below(uint64_t limit) { return number() % limit; }

  /// All bytes not drawn yet, over and over up to `size`; zeros if there are none.
  std::vector<uint8_t> content(uint64_t size) const {
    std::vector<uint8_t> out(size);
    uint64_t done = std::min(rest(), size);
    std::copy_n(data_ + at_, done, out.data());
    for (; done > 0 && done < size; done *= 2)
      std::copy_n(out.data(), std::min(done, size - done), out.data() + done);
    return out;
  }

  uint64_t rest() const { return size_ - at_; }

  /// What is left, in `count` parts of one length.
  std::vector<FuzzInput> split(size_t count) const {
    std::vector<FuzzInput> parts;
    const size_t length = rest() / count;
    for (size_t i = 0; i < count; ++i) parts.emplace_back(data_ + at_ + i * length, length);
    return parts;
  }

 private:
  uint64_t bytes(int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i) value |= uint64_t{byte()} << (8 * i);
    return value;
  }

  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

}  // namespace spectrap::fuzz
