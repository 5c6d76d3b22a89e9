#include "bench_train.h"

#include <numeric>
#include <string>
#include <vector>

#include "../core/blas.h"
#include "../core/buffer.h"
#include "../core/error.h"
#include "../core/train_mlp.h"
#include "../core/trainer.h"
#include "convert.h"
#include "timed.h"

namespace spectrap::binding {
namespace {

/// Numbers like those of a network at work: neither zero nor so small that arithmetic slows down.
double entry(uint64_t i) { return 0.05 * (static_cast<double>(i * 2654435761 % 1000) / 1000 - 0.5); }

template <class Real>
Buffer<Real> entries(uint64_t count) {
  Buffer<Real> buffer(count);
  for (uint64_t i = 0; i < count; ++i) buffer[i] = static_cast<Real>(entry(i));
  return buffer;
}

struct Measured {
  Times steps;
  Times products;
};

/// `steps` steps of training, then as many times the matrix products of a step and nothing else.
template <class Real>
Measured measure(const MlpShape& widths, uint64_t batch, uint64_t steps) {
  const AdamW optimizer{5e-4, 0.9, 0.999, 1e-8, 0};
  const LossOptions loss{LossKind::mean_squared_error, false, false};
  std::vector<double> inputs(batch * widths.front());
  std::vector<uint32_t> labels(batch);
  for (uint64_t i = 0; i < inputs.size(); ++i) inputs[i] = entry(i) + 0.025;
  for (uint64_t i = 0; i < batch; ++i) labels[i] = static_cast<uint32_t>(i % widths.back());
  const auto trainer = make_trainer({widths, sizeof(Real) == 8, optimizer, loss, batch}, inputs, labels);
  TrainerState state{0, std::vector<double>(trainer->parameter_count()), {}, {}};
  for (uint64_t i = 0; i < state.parameters.size(); ++i) state.parameters[i] = entry(i);
  state.m.resize(state.parameters.size());
  state.v.resize(state.parameters.size());
  trainer->restore(state);
  std::vector<uint32_t> order(batch);
  std::iota(order.begin(), order.end(), 0U);
  std::vector<uint32_t> batches;
  for (uint64_t i = 0; i < steps; ++i) batches.insert(batches.end(), order.begin(), order.end());

  Mlp<Real> network(Blas::get(), widths, batch);
  const Buffer<Real> parameters = entries<Real>(network.parameter_count());
  const Buffer<Real> x = entries<Real>(batch * widths.front());
  const Buffer<Real> logit_gradient = entries<Real>(batch * widths.back());
  Buffer<Real> gradient = entries<Real>(network.parameter_count());
  Buffer<Real> logits = entries<Real>(batch * widths.back());

  Blas::get().use_one_thread();
  Measured measured;
  measured.steps = timed([&] { trainer->train(batches, [] { return false; }); });
  measured.products = timed([&] {
    for (uint64_t i = 0; i < steps; ++i) {
      network.products(parameters.data(), x.data(), batch, logits.data(), logit_gradient.data(),
                       gradient.data());
    }
  });
  return measured;
}

/// (widths, batchSize, precision, steps): see NativeBench.trainMlp of lib/solver/native-bench.ts.
Napi::Value train_mlp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto given = info[0].As<Napi::Array>();
  MlpShape widths;
  for (uint32_t i = 0; i < given.Length(); ++i) {
    widths.push_back(given.Get(i).As<Napi::Number>().Uint32Value());
  }
  const uint64_t batch = info[1].As<Napi::Number>().Uint32Value();
  const bool wide = info[2].As<Napi::String>().Utf8Value() == "float64";
  const uint64_t steps = info[3].As<Napi::Number>().Uint32Value();
  try {
    const Measured found =
        wide ? measure<double>(widths, batch, steps) : measure<float>(widths, batch, steps);
    auto out = Napi::Object::New(env);
    out.Set("steps", from_times(env, found.steps));
    out.Set("products", from_times(env, found.products));
    return out;
  } catch (const Error& error) {
    throw from_error(env, error);
  }
}

}  // namespace

void define_train_bench(Napi::Env env, Napi::Object bench) {
  bench.Set("trainMlp", Napi::Function::New(env, train_mlp));
}

}  // namespace spectrap::binding
