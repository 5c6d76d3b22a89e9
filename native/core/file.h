#pragma once

#include <cstdint>

#include "matrix.h"

namespace spectrap {

/// An open file that must stay the one whose header was read: same size, modification time and inode.
/// One descriptor for its whole life; pread only, so a file that shrinks gives an error and not a SIGBUS.
class File {
 public:
  /// Throws CK_NOT_FOUND, CK_NO_PERMISSION or CK_READ_FAILED, and CK_FILE_CHANGED if it is not the file
  /// `range` was made from.
  explicit File(const FileRange& range);
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&& other) = delete;

  /// Reads bytes [offset, offset + count) of the file. Throws ST_DATA_TRUNCATED or CK_READ_FAILED.
  void read(uint64_t offset, void* out, uint64_t count) const;

  /// Throws CK_FILE_CHANGED if the file was written to or replaced since its header was read.
  void check_unchanged() const;

 private:
  FileRange expected_;
  int descriptor_;
};

}  // namespace spectrap
