#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace spectrap {

/// A piece of work: how many bytes it allocates at its peak, and what it does. `run` must not throw.
struct Job {
  uint64_t bytes = 0;
  std::function<void(const std::atomic<bool>& cancelled)> run;
};

/// A fixed set of threads that run jobs in the order they were submitted, one job per thread, admitting a job
/// only while the bytes of all running jobs stay within the budget. No job overtakes another: a large one at
/// the front waits until enough has finished, so none starves.
class Batch {
 public:
  /// `start_thread` runs once in each thread before its first job.
  Batch(unsigned threads, uint64_t budget_bytes, std::function<void()> start_thread);

  ~Batch() { stop(); }
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

 private:
  void work();
  bool admissible() const;  // with mutex_ held

  const uint64_t budget_;
  const std::function<void()> start_thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  uint64_t in_use_ = 0;
  bool stopping_ = false;
  std::atomic<bool> cancelled_{false};
  std::vector<std::thread> threads_;
};

}  // namespace spectrap
