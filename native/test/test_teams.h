#pragma once

#include <algorithm>
#include <cstdint>
#include <thread>

#include "../core/team.h"

namespace spectrap::test {

/// Runs the tasks from the last to the first.
class ReversedTeam final : public Team {
 public:
  void run(uint64_t count, Task task, void* context) override {
    most_tasks = std::max(most_tasks, count);
    for (uint64_t i = count; i-- > 0;) task(context, i);
  }

  uint64_t most_tasks = 0;  ///< of any run: whether there was an order to reverse
};

/// Runs every other task on another thread.
class TeamOfTwo final : public Team {
 public:
  void run(uint64_t count, Task task, void* context) override {
    const auto every_other = [=](uint64_t first) {
      for (uint64_t i = first; i < count; i += 2) task(context, i);
    };
    std::thread other(every_other, 1);
    every_other(0);
    other.join();
  }
};

}  // namespace spectrap::test
