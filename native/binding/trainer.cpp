#include "trainer.h"

#include <algorithm>
#include <limits>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "../core/error.h"
#include "convert.h"
#include "live_batches.h"

namespace spectrap::binding {
namespace {

std::vector<double> to_doubles(const Napi::Value& value) {
  const auto array = value.As<Napi::Float64Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

std::vector<uint32_t> to_words(const Napi::Value& value) {
  const auto array = value.As<Napi::Uint32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

uint64_t to_count(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }

LossKind to_loss_kind(const std::string& name) {
  if (name == "cross-entropy") return LossKind::cross_entropy;
  return name == "stablemax" ? LossKind::stablemax : LossKind::mean_squared_error;
}

/// NativeTrainerOptions of lib/solver/native-trainer.ts.
TrainerOptions to_options(const Napi::Object& given) {
  const auto wide = [&](const char* name) {
    return given.Get(name).As<Napi::String>().Utf8Value() == "float64";
  };
  const auto real = [&](const char* name) { return given.Get(name).As<Napi::Number>().DoubleValue(); };
  TrainerOptions options{
      .network = {},
      .wide = wide("precision"),
      .optimizer = {real("learningRate"), real("beta1"), real("beta2"), real("epsilon"), real("weightDecay")},
      .loss = {to_loss_kind(given.Get("loss").As<Napi::String>().Utf8Value()), wide("lossPrecision"),
               given.Get("zeroSum").As<Napi::Boolean>()},
      .batch = to_count(given.Get("batchSize")),
  };
  if (given.Has("widths")) {
    const auto widths = given.Get("widths").As<Napi::Array>();
    MlpShape shape;
    for (uint32_t i = 0; i < widths.Length(); ++i) shape.push_back(to_count(widths.Get(i)));
    options.network = std::move(shape);
  } else {
    options.network = ModularAdditionShape{to_count(given.Get("p")), to_count(given.Get("width")),
                                           to_count(given.Get("heads")), to_count(given.Get("mlp"))};
  }
  return options;
}

Napi::Value from_state(Napi::Env env, const TrainerState& state) {
  auto out = Napi::Object::New(env);
  out.Set("step", static_cast<double>(state.step));
  out.Set("parameters", from_doubles(env, state.parameters));
  out.Set("m", from_doubles(env, state.m));
  out.Set("v", from_doubles(env, state.v));
  return out;
}

Napi::Value from_evaluation(Napi::Env env, const Evaluation& found) {
  auto out = Napi::Object::New(env);
  out.Set("logits", from_doubles(env, found.logits));
  out.Set("loss", found.loss);
  out.Set("classGradientSum", found.class_sum);
  out.Set("zeroGradientShare", found.zero_share);
  out.Set("largestLogit", found.largest_logit);
  out.Set("classifierMean", found.classifier_mean);
  return out;
}

/// (options, inputs, labels, parameters).
std::unique_ptr<spectrap::Trainer> make(const Napi::CallbackInfo& info) {
  const TrainerOptions options = to_options(info[0].As<Napi::Object>());
  try {
    open_blas();
    auto trainer = make_trainer(options, to_doubles(info[1]), to_words(info[2]));
    const std::vector<double> parameters = to_doubles(info[3]);
    const std::vector<double> zeros(trainer->parameter_count());
    if (parameters.size() != zeros.size()) throw Napi::TypeError::New(info.Env(), "parameters do not fit");
    trainer->restore({0, parameters, zeros, zeros});
    return trainer;
  } catch (const Error& error) {
    throw from_error(info.Env(), error);
  } catch (const std::bad_alloc&) {
    throw from_error(info.Env(), Error("NATIVE_FAILURE", "there is no memory for a network of this size"));
  }
}

}  // namespace

Napi::Function Trainer::define(Napi::Env env) {
  return DefineClass(
      env, "Trainer",
      {InstanceMethod("train", &Trainer::train), InstanceMethod("gradients", &Trainer::gradients),
       InstanceMethod("evaluate", &Trainer::evaluate), InstanceMethod("forward", &Trainer::forward),
       InstanceMethod("state", &Trainer::state), InstanceMethod("restore", &Trainer::restore),
       InstanceMethod("cancel", &Trainer::cancel), InstanceMethod("close", &Trainer::close)});
}

Trainer::Trainer(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Trainer>(info),
      trainer_(make(info)),
      examples_(info[2].As<Napi::Uint32Array>().ElementLength()),
      batch_(to_count(info[0].As<Napi::Object>().Get("batchSize"))),
      jobs_(info.Env(), 1, std::numeric_limits<uint64_t>::max(),
            [this](bool hold) { hold ? Ref() : Unref(); }) {}

void Trainer::check(Napi::Env env, bool fits) const {
  if (!fits) throw Napi::TypeError::New(env, "arrays do not fit the network or its examples");
}

bool Trainer::indices_fit(const std::vector<uint32_t>& indices) const {
  return indices.size() % batch_ == 0 &&
         std::all_of(indices.begin(), indices.end(), [this](uint32_t index) { return index < examples_; });
}

bool Trainer::inputs_fit(const std::vector<double>& inputs, uint64_t count) const {
  return count > 0 && inputs.size() == count * trainer_->input_width() && trainer_->accepts(inputs);
}

bool Trainer::parameters_fit(const std::vector<double>& values) const {
  return values.size() == trainer_->parameter_count();
}

Napi::Value Trainer::submit(Napi::Env env, Work work) {
  return jobs_.submit(env, 0, true,
                      [trainer = trainer_, work = std::move(work)](const std::atomic<bool>&, Team&) {
                        return work(*trainer);
                      });
}

/// (batches): the loss of each step.
Napi::Value Trainer::train(const Napi::CallbackInfo& info) {
  std::vector<uint32_t> batches = to_words(info[0]);
  check(info.Env(), indices_fit(batches));
  return jobs_.submit(info.Env(), 0, true,
                      [trainer = trainer_, stop = stop_, batches = std::move(batches)](
                          const std::atomic<bool>& cancelled, Team&) -> JobPool::Answer {
                        const auto stopped = [&] { return cancelled.load() || stop->load(); };
                        return [losses = trainer->train(batches, stopped)](Napi::Env env) {
                          return from_doubles(env, losses);
                        };
                      });
}

/// (batch): the loss and its gradient.
Napi::Value Trainer::gradients(const Napi::CallbackInfo& info) {
  std::vector<uint32_t> batch = to_words(info[0]);
  check(info.Env(), batch.size() == batch_ && indices_fit(batch));
  return submit(info.Env(), [batch = std::move(batch)](spectrap::Trainer& trainer) -> JobPool::Answer {
    return [found = trainer.gradients(batch)](Napi::Env env) {
      auto out = Napi::Object::New(env);
      out.Set("loss", found.loss);
      out.Set("gradient", from_doubles(env, found.values));
      return out;
    };
  });
}

/// (inputs, labels).
Napi::Value Trainer::evaluate(const Napi::CallbackInfo& info) {
  std::vector<double> inputs = to_doubles(info[0]);
  std::vector<uint32_t> labels = to_words(info[1]);
  const uint64_t classes = trainer_->classes();
  const bool known = std::all_of(labels.begin(), labels.end(), [&](uint32_t c) { return c < classes; });
  check(info.Env(), known && inputs_fit(inputs, labels.size()));
  return submit(info.Env(),
                [inputs = std::move(inputs),
                 labels = std::move(labels)](spectrap::Trainer& trainer) -> JobPool::Answer {
                  return [found = trainer.evaluate(inputs, labels)](Napi::Env env) {
                    return from_evaluation(env, found);
                  };
                });
}

/// (parameters, inputs, count): logits.
Napi::Value Trainer::forward(const Napi::CallbackInfo& info) {
  std::vector<double> parameters = to_doubles(info[0]);
  std::vector<double> inputs = to_doubles(info[1]);
  check(info.Env(), parameters_fit(parameters) && inputs_fit(inputs, to_count(info[2])));
  return submit(info.Env(),
                [parameters = std::move(parameters),
                 inputs = std::move(inputs)](spectrap::Trainer& trainer) -> JobPool::Answer {
                  return [logits = trainer.forward(parameters, inputs)](Napi::Env env) {
                    return from_doubles(env, logits);
                  };
                });
}

Napi::Value Trainer::state(const Napi::CallbackInfo& info) {
  return submit(info.Env(), [](spectrap::Trainer& trainer) -> JobPool::Answer {
    return [state = trainer.state()](Napi::Env env) { return from_state(env, state); };
  });
}

/// (state).
Napi::Value Trainer::restore(const Napi::CallbackInfo& info) {
  const auto given = info[0].As<Napi::Object>();
  TrainerState state{static_cast<uint64_t>(given.Get("step").As<Napi::Number>().Int64Value()),
                     to_doubles(given.Get("parameters")), to_doubles(given.Get("m")),
                     to_doubles(given.Get("v"))};
  check(info.Env(), parameters_fit(state.parameters) && parameters_fit(state.m) && parameters_fit(state.v));
  return submit(info.Env(), [state = std::move(state)](spectrap::Trainer& trainer) -> JobPool::Answer {
    trainer.restore(state);
    return [](Napi::Env env) { return env.Undefined(); };
  });
}

void Trainer::cancel(const Napi::CallbackInfo&) {
  stop_->store(true);
  stop_ = std::make_shared<std::atomic<bool>>(false);
}

void Trainer::close(const Napi::CallbackInfo& info) { jobs_.close(info.Env()); }

}  // namespace spectrap::binding
