#include "batch.h"

#include <algorithm>
#include <string>
#include <utility>

#include "buffer_cache.h"
#include "error.h"

namespace spectrap {

/// One call of run(), on the stack of its caller.
struct Batch::Round {
  const uint64_t count;
  const Task task;
  void* const context;
  std::atomic<uint64_t> next{0};
  uint64_t helpers = 0;  ///< guarded by mutex_, which also hands over what their tasks wrote
  std::condition_variable left{};

  /// Runs one of the tasks that nobody has taken yet; false if there is none.
  bool run_one() {
    const uint64_t index = next.fetch_add(1, std::memory_order_relaxed);
    if (index < count) task(context, index);
    return index < count;
  }
};

Batch::Batch(unsigned threads, uint64_t budget_bytes) : budget_(budget_bytes) {
  threads_.reserve(threads);
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

void Batch::stop() {
  cancel();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Batch::submit(Job job) {
  if (job.bytes > budget_) {
    const auto mib = [](uint64_t bytes) { return std::to_string((bytes >> 20) + 1) + " MiB"; };
    throw Error("MEMORY_BUDGET", "needs " + mib(job.bytes) + " of memory, the budget is " + mib(budget_));
  }
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void Batch::cancel() {
  {
    const std::lock_guard lock(mutex_);  // no thread is between looking at the flag and going to sleep
    cancelled_.store(true);
  }
  changed_.notify_all();
}

bool Batch::admissible() const {
  // A cancelled job allocates nothing, so the budget no longer holds it back.
  return !queue_.empty() && (cancelled_.load() || in_use_ + queue_.front().bytes <= budget_);
}

Batch::Round* Batch::open_round() const {
  for (Round* round : rounds_) {
    if (round->next.load(std::memory_order_relaxed) < round->count) return round;
  }
  return nullptr;
}

void Batch::run(uint64_t count, Task task, void* context) {
  Round round{count, task, context};
  uint64_t wanted = 0;
  {
    const std::lock_guard lock(mutex_);
    rounds_.push_back(&round);
    wanted = std::min(idle_, count - std::min<uint64_t>(count, 1));
  }
  for (; wanted > 0; --wanted) changed_.notify_one();
  while (round.run_one()) {
  }
  std::unique_lock lock(mutex_);
  std::erase(rounds_, &round);
  round.left.wait(lock, [&round] { return round.helpers == 0; });
}

void Batch::help(Round& round, std::unique_lock<std::mutex>& lock) {
  ++round.helpers;
  lock.unlock();
  round.run_one();
  lock.lock();
  // Under the lock: as soon as the caller can see that nobody is left, the round is gone.
  if (--round.helpers == 0) round.left.notify_one();
}

void Batch::run_jobs(std::unique_lock<std::mutex>& lock) {
  // Kept buffers belong to the bytes of the job that left them: they pass on to a job that needs as much, and
  // are freed before the bytes are given back.
  const uint64_t bytes = queue_.front().bytes;
  in_use_ += bytes;
  {
    const BufferCache cache;
    while (!queue_.empty() && queue_.front().bytes == bytes) {
      const Job job = std::move(queue_.front());
      queue_.pop_front();
      changed_.notify_all();  // another job is at the front: it may fit where this one would not
      lock.unlock();
      job.run(cancelled_, *this);
      lock.lock();
    }
    lock.unlock();
  }
  lock.lock();
  in_use_ -= bytes;
  changed_.notify_all();
}

void Batch::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    Round* round = nullptr;
    if (admissible()) {
      run_jobs(lock);  // before helping: a matrix per core beats many cores on one
    } else if ((round = open_round()) != nullptr) {
      help(*round, lock);
    } else if (stopping_ && queue_.empty()) {
      return;
    } else {
      ++idle_;
      changed_.wait(lock);
      --idle_;
    }
  }
}

}  // namespace spectrap
