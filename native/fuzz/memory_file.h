#pragma once

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "../test/file_range.h"

namespace spectrap::fuzz {

/// A file in memory (Linux) that a path leads to: a million of them cost no disk.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("spectrap-fuzz", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("no file in memory");
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  void write(const std::vector<uint8_t>& content) const {
    cut(content.size());
    if (pwrite(descriptor_, content.data(), content.size(), 0) != static_cast<ssize_t>(content.size()))
      throw std::runtime_error("cannot write a file in memory");
  }

  void cut(uint64_t size) const {
    if (ftruncate(descriptor_, static_cast<off_t>(size)) != 0)
      throw std::runtime_error("cannot cut a file in memory");
  }

  /// Bytes [begin, end) of the file as it is now.
  FileRange range(uint64_t begin, uint64_t end) const {
    struct stat now {};
    if (fstat(descriptor_, &now) != 0) throw std::runtime_error("cannot stat a file in memory");
    return test::file_range("/proc/self/fd/" + std::to_string(descriptor_), now, begin, end);
  }

 private:
  int descriptor_;
};

}  // namespace spectrap::fuzz
