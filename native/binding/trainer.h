#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "../core/trainer.h"
#include "job_pool.h"

namespace spectrap::binding {

/// Trainer of lib/solver/native-trainer.ts: a network and one native thread that trains it. What is asked is
/// done in the order it was asked.
class Trainer : public Napi::ObjectWrap<Trainer> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Trainer(const Napi::CallbackInfo& info);

 private:
  Napi::Value train(const Napi::CallbackInfo& info);
  Napi::Value gradients(const Napi::CallbackInfo& info);
  Napi::Value evaluate(const Napi::CallbackInfo& info);
  Napi::Value forward(const Napi::CallbackInfo& info);
  Napi::Value state(const Napi::CallbackInfo& info);
  Napi::Value restore(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  using Work = std::function<JobPool::Answer(spectrap::Trainer& trainer)>;

  /// A promise of what `work` makes of the trainer.
  Napi::Value submit(Napi::Env env, Work work);
  void check(Napi::Env env, bool fits) const;
  bool indices_fit(const std::vector<uint32_t>& indices) const;
  bool inputs_fit(const std::vector<double>& inputs, uint64_t count) const;
  bool parameters_fit(const std::vector<double>& values) const;

  std::shared_ptr<spectrap::Trainer> trainer_;
  uint64_t examples_;
  uint64_t batch_;
  /// Of the training that was asked for since the last cancel().
  std::shared_ptr<std::atomic<bool>> stop_ = std::make_shared<std::atomic<bool>>(false);
  JobPool jobs_;  ///< last: its thread is gone before what it works on
};

}  // namespace spectrap::binding
