#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "../core/batch.h"

namespace spectrap::binding {

/// A batch of native threads whose results come back as promises. Owns its threads; they never touch a
/// JavaScript value. Outcomes travel through one thread-safe function, which keeps the event loop alive only
/// while a job is outstanding. Main thread only.
class JobPool {
 public:
  /// Turns what a job has found into a JavaScript value, on the main thread.
  using Answer = std::function<Napi::Value(Napi::Env)>;
  /// What a job does on its own thread. May throw Error.
  using Work = std::function<Answer(const std::atomic<bool>& cancelled, Team& team)>;

  /// `hold(true)` is called when the first job goes out and `hold(false)` when the last has come back: until
  /// then the object that owns this pool must not be collected.
  JobPool(Napi::Env env, unsigned threads, uint64_t budget_bytes, std::function<void(bool)> hold);
  ~JobPool() { shut_down(); }
  JobPool(const JobPool&) = delete;
  JobPool& operator=(const JobPool&) = delete;

  /// A promise of the answer; `blas` says that the work calls the BLAS, which is opened first.
  Napi::Value submit(Napi::Env env, uint64_t bytes, bool blas, Work work);

  /// Every job sees its flag from now on.
  void cancel();

  /// Throws Napi::Error while jobs are outstanding; afterwards submit() rejects with ERR_CLOSED.
  void close(Napi::Env env);

 private:
  struct Outcome;

  static void on_teardown(void* pool);
  void settle(Napi::Env env, Outcome& outcome);
  void shut_down();

  napi_env env_;
  std::function<void(bool)> hold_;
  std::unique_ptr<Batch> batch_;
  Napi::ThreadSafeFunction outcomes_;
  uint64_t outstanding_ = 0;
};

}  // namespace spectrap::binding
