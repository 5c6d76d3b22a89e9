#include "../core/file.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cstdio>

#include "error_code.h"
#include "temporary_file.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

std::vector<uint8_t> counting(size_t size) {
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i * 7);
  return bytes;
}

/// Sets the modification time back to what the range says.
void restore_mtime(const FileRange& range) {
  const timespec time{range.mtime_ns / 1'000'000'000, range.mtime_ns % 1'000'000'000};
  const timespec times[2] = {time, time};
  REQUIRE(utimensat(AT_FDCWD, range.path.c_str(), times, 0) == 0);
}

}  // namespace

TEST_CASE("a file gives the bytes at an offset") {
  const auto bytes = counting(1000);
  const TemporaryFile temporary(bytes);
  const File file(temporary.range(0, 1000));
  std::vector<uint8_t> read(100);
  file.read(37, read.data(), 100);
  CHECK(read == std::vector<uint8_t>(bytes.begin() + 37, bytes.begin() + 137));
  file.read(1000, read.data(), 0);
  file.check_unchanged();
}

TEST_CASE("reading past the end is a truncation") {
  const TemporaryFile temporary(counting(10));
  const File file(temporary.range(0, 10));
  uint8_t read[8];
  CHECK(error_code([&] { file.read(5, read, 8); }) == "ST_DATA_TRUNCATED");
}

TEST_CASE("a file that differs from its header's when it is opened is refused") {
  const TemporaryFile temporary(counting(10));
  const FileRange range = temporary.range(0, 10);
  const auto opened = [](FileRange changed) { return error_code([&] { const File file(changed); }); };
  FileRange other = range;
  CHECK(opened(other).empty());
  other.file_size = 11;
  CHECK(opened(other) == "CK_FILE_CHANGED");
  other = range;
  other.mtime_ns += 1;
  CHECK(opened(other) == "CK_FILE_CHANGED");
  other = range;
  other.inode += 1;
  CHECK(opened(other) == "CK_FILE_CHANGED");
}

TEST_CASE("a file that grows, shrinks or is rewritten while open is noticed") {
  for (const size_t size : {size_t{11}, size_t{9}, size_t{10}}) {
    CAPTURE(size);
    const TemporaryFile temporary(counting(10));
    FileRange range = temporary.range(0, 10);
    range.mtime_ns = 1'600'000'000'123'456'789;
    restore_mtime(range);
    const File file(range);
    file.check_unchanged();
    temporary.write(counting(size));
    if (size != 10) restore_mtime(range);  // then only the size tells
    CHECK(error_code([&] { file.check_unchanged(); }) == "CK_FILE_CHANGED");
  }
}

TEST_CASE("an open file is not confused by another that takes its name") {
  const TemporaryFile temporary({1, 2, 3});
  const TemporaryFile replacement({9, 9, 9});
  const File file(temporary.range(0, 3));
  REQUIRE(std::rename(replacement.path().c_str(), temporary.path().c_str()) == 0);
  uint8_t read[3];
  file.read(0, read, 3);
  CHECK(read[0] == 1);
}

TEST_CASE("a missing file has its own code") {
  FileRange range;
  range.path = "/nonexistent/spectrap";
  CHECK(error_code([&] { const File file(range); }) == "CK_NOT_FOUND");
}
