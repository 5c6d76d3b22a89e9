#include "team.h"

namespace spectrap {

void TeamOfOne::run(uint64_t count, Task task, void* context) {
  for (uint64_t i = 0; i < count; ++i) task(context, i);
}

}  // namespace spectrap
