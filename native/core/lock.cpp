#include "lock.h"

#include <sys/file.h>

#include <cerrno>
#include <system_error>

#include "error.h"

namespace spectrap {

bool try_lock(int descriptor) {
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) {
      throw Error("OUT_WRITE", "the run cannot be locked: " + std::generic_category().message(errno));
    }
  }
  return true;
}

}  // namespace spectrap
