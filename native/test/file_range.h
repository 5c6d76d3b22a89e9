#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "../core/matrix.h"

namespace spectrap::test {

/// Bytes [begin, end) of the file that `now` describes, as it is now.
inline FileRange file_range(const std::string& path, const struct stat& now, uint64_t begin, uint64_t end) {
  return {path,
          begin,
          end,
          static_cast<uint64_t>(now.st_size),
          int64_t{now.st_mtim.tv_sec} * 1'000'000'000 + now.st_mtim.tv_nsec,
          static_cast<uint64_t>(now.st_ino)};
}

}  // namespace spectrap::test
