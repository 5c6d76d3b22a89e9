#include "batch.h"

#include <string>
#include <utility>

#include "error.h"

namespace spectrap {

Batch::Batch(unsigned threads, uint64_t budget_bytes, std::function<void()> start_thread)
    : budget_(budget_bytes), start_thread_(std::move(start_thread)) {
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

void Batch::work() {
  start_thread_();
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return admissible() || (stopping_ && queue_.empty()); });
    if (queue_.empty()) return;
    const Job job = std::move(queue_.front());
    queue_.pop_front();
    in_use_ += job.bytes;
    lock.unlock();
    job.run(cancelled_);
    lock.lock();
    in_use_ -= job.bytes;
    changed_.notify_all();
  }
}

}  // namespace spectrap
