#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "../core/batch.h"

namespace spectrap::binding {

/// Solver of lib/solver/addon.ts: a batch of native threads whose results come back as promises.
/// Owns its threads; they never touch a JavaScript value. Outcomes travel through one thread-safe function,
/// which keeps the event loop alive only while a problem is outstanding.
class Solver : public Napi::ObjectWrap<Solver> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Solver(const Napi::CallbackInfo& info);
  ~Solver() override;

 private:
  struct Outcome;

  /// Turns what a job has found into a JavaScript value, on the main thread.
  using Answer = std::function<Napi::Value(Napi::Env)>;
  /// What a job does on its own thread.
  using Work = std::function<Answer(const std::atomic<bool>& cancelled, Team& team)>;

  Napi::Value solve(const Napi::CallbackInfo& info);
  Napi::Value eigen(const Napi::CallbackInfo& info);
  Napi::Value localisation(const Napi::CallbackInfo& info);
  Napi::Value shuffled(const Napi::CallbackInfo& info);
  Napi::Value edit(const Napi::CallbackInfo& info);
  Napi::Value distance(const Napi::CallbackInfo& info);
  Napi::Value screen(const Napi::CallbackInfo& info);
  Napi::Value line_energies(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  static void on_teardown(void* solver);
  /// A promise of the answer; `blas` says that the work calls the BLAS.
  Napi::Value submit(Napi::Env env, uint64_t bytes, bool blas, Work work);
  void settle(Napi::Env env, Outcome& outcome);
  void shut_down();

  uint64_t threads_ = 0;
  std::unique_ptr<Batch> batch_;
  Napi::ThreadSafeFunction outcomes_;
  uint64_t outstanding_ = 0;  // main thread only
};

}  // namespace spectrap::binding
