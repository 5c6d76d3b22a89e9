#include "file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include "error.h"

namespace spectrap {
namespace {

/// Most systems read at most 2^31 bytes at a time.
constexpr uint64_t largest_read = uint64_t{1} << 30;

Error system_error(int number, const std::string& path) {
  const char* code = number == ENOENT || number == ENOTDIR || number == ELOOP || number == ENAMETOOLONG
                         ? "CK_NOT_FOUND"
                     : number == EACCES || number == EPERM ? "CK_NO_PERMISSION"
                                                           : "CK_READ_FAILED";
  return {code, "cannot be read: " + std::generic_category().message(number), path};
}

int64_t mtime_ns(const struct stat& status) {
#if defined(__APPLE__)
  const timespec& time = status.st_mtimespec;
#else
  const timespec& time = status.st_mtim;
#endif
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

// Without O_NONBLOCK a named pipe that took the file's place would hold us until somebody writes.
File::File(const FileRange& range)
    : expected_(range), descriptor_(open(range.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) throw system_error(errno, expected_.path);
  try {
    check_unchanged();
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

File::~File() {
  if (descriptor_ >= 0) close(descriptor_);
}

File::File(File&& other) noexcept
    : expected_(std::move(other.expected_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

void File::read(uint64_t offset, void* out, uint64_t count) const {
  auto* to = static_cast<std::byte*>(out);
  while (count > 0) {
    const ssize_t got = pread(descriptor_, to, std::min(count, largest_read), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_error(errno, expected_.path);
    if (got == 0) {
      throw Error(
          "ST_DATA_TRUNCATED",
          "ends at byte " + std::to_string(offset) + ", " + std::to_string(count) + " more are needed",
          expected_.path);
    }
    to += got;
    offset += static_cast<uint64_t>(got);
    count -= static_cast<uint64_t>(got);
  }
}

void File::check_unchanged() const {
  struct stat now {};
  if (fstat(descriptor_, &now) != 0) throw system_error(errno, expected_.path);
  if (static_cast<uint64_t>(now.st_size) == expected_.file_size && mtime_ns(now) == expected_.mtime_ns &&
      static_cast<uint64_t>(now.st_ino) == expected_.inode) {
    return;
  }
  throw Error("CK_FILE_CHANGED", "changed since its header was read", expected_.path);
}

}  // namespace spectrap
