#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "team.h"

namespace spectrap {

/// A piece of work: how many bytes it allocates at its peak, and what it does. `run` must not throw. It may
/// share its work with the threads of the team; it need not.
struct Job {
  uint64_t bytes = 0;
  std::function<void(const std::atomic<bool>& cancelled, Team& team)> run;
};

/// A fixed set of threads that run jobs in the order they were submitted, one job per thread, admitting a job
/// only while the bytes of all running jobs stay within the budget. No job overtakes another: a large one at
/// the front waits until enough has finished, so none starves.
///
/// The same threads are the team of every job. A thread that has no job it may start helps the running ones
/// with their tasks, and looks for a job again after each task: many matrices get a core each, the last ones
/// of a batch and those too large to run side by side get all cores.
///
/// Jobs of equal bytes that follow each other on a thread reuse each other's large buffers (BufferCache).
class Batch final : public Team {
 public:
  Batch(unsigned threads, uint64_t budget_bytes);
  ~Batch() override { stop(); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  uint64_t budget_bytes() const { return budget_; }

  /// Throws MEMORY_BUDGET if the job alone is over the budget.
  void submit(Job job);

  /// From now on every job, running or queued, sees its flag set. Jobs look at it between stages.
  void cancel();

  /// Cancels and joins: queued jobs are run with the flag set, so that each can say it was cancelled. No job
  /// may be submitted afterwards. May be called again.
  void stop();

  /// The calling thread works too, so this ends even if no other thread ever has time. Every task is run,
  /// also after cancel().
  void run(uint64_t count, Task task, void* context) override;

 private:
  struct Round;

  void work();
  // With mutex_ held when called and when they return:
  bool admissible() const;
  Round* open_round() const;
  void run_jobs(std::unique_lock<std::mutex>& lock);
  void help(Round& round, std::unique_lock<std::mutex>& lock);

  const uint64_t budget_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  std::vector<Round*> rounds_;  ///< that may have tasks left, the oldest first
  uint64_t idle_ = 0;           ///< threads that wait for changed_
  uint64_t in_use_ = 0;
  bool stopping_ = false;
  std::atomic<bool> cancelled_{false};
  std::vector<std::thread> threads_;
};

}  // namespace spectrap
