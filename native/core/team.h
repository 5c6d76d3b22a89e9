#pragma once

#include <cstdint>

namespace spectrap {

/// Threads that share one problem. Stages cut their work into tasks whose number and contents depend on the
/// problem alone, so results are the same bits whoever runs them.
class Team {
 public:
  using Task = void (*)(void* context, uint64_t index);

  virtual ~Team() = default;

  /// Calls task(context, i) for every i < count, in any order, on any thread; returns when all have returned.
  /// Tasks must not throw.
  virtual void run(uint64_t count, Task task, void* context) = 0;
};

/// The calling thread alone.
class TeamOfOne final : public Team {
 public:
  void run(uint64_t count, Task task, void* context) override;
};

}  // namespace spectrap
