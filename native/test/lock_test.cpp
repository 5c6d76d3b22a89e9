#include "../core/lock.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "error_code.h"
#include "temporary_file.h"

using namespace spectrap;
using namespace spectrap::test;

TEST_CASE("a file locked by one descriptor is refused to another until the first is closed") {
  const TemporaryFile file({1});
  const int first = open(file.path().c_str(), O_RDWR);
  const int second = open(file.path().c_str(), O_RDWR);
  CHECK(try_lock(first));
  CHECK(try_lock(first));  // it is ours already
  CHECK_FALSE(try_lock(second));
  close(first);
  CHECK(try_lock(second));
  close(second);
}

TEST_CASE("what is no open file cannot be locked") {
  CHECK(error_code([] { try_lock(-1); }) == "OUT_WRITE");
}
