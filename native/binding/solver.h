#pragma once

#include <napi.h>

#include <cstdint>
#include <utility>

#include "job_pool.h"

namespace spectrap::binding {

/// Solver of lib/solver/addon.ts: native threads that solve problems.
class Solver : public Napi::ObjectWrap<Solver> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Solver(const Napi::CallbackInfo& info);

 private:
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

  Napi::Value submit(Napi::Env env, uint64_t bytes, bool blas, JobPool::Work work) {
    return jobs_.submit(env, bytes, blas, std::move(work));
  }

  uint64_t threads_;
  JobPool jobs_;
};

}  // namespace spectrap::binding
