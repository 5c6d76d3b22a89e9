#include <napi.h>

#include "../core/block_reader.h"
#include "../core/cpu.h"
#include "../core/decode.h"
#include "../core/isa.h"
#include "../core/lock.h"
#include "../core/shuffle.h"
#include "bench.h"
#include "convert.h"
#include "live_batches.h"
#include "solver.h"
#include "trainer.h"

// The functions of lib/solver/addon.ts. No algorithm lives here: convert, call, convert back.

namespace spectrap::binding {
namespace {

/// Opens the BLAS if that has not been done.
Napi::Value blas(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  try {
    const BlasInfo& found = open_blas().info();
    auto out = Napi::Object::New(env);
    out.Set("library", found.library);
    out.Set("file", found.file);
    out.Set("config", found.config);
    out.Set("kernel", found.kernel);
    out.Set("threading", found.threading);
    out.Set("kernelChosen", found.kernel_chosen);
    return out;
  } catch (const Error& error) {
    throw from_error(env, error);
  }
}

Napi::Value cpu_features(const Napi::CallbackInfo& info) {
  const std::vector<std::string> features = spectrap::cpu_features();
  auto out = Napi::Array::New(info.Env(), features.size());
  for (uint32_t i = 0; i < features.size(); ++i) out.Set(i, features[i]);
  return out;
}

/// The instruction set of the native stages, and all that this CPU can run.
Napi::Value kernels(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  try {
    auto out = Napi::Object::New(env);
    out.Set("name", stages().name);
    const auto& all = available_stages();
    auto available = Napi::Array::New(env, all.size());
    for (uint32_t i = 0; i < all.size(); ++i) available.Set(i, all[i]->name);
    out.Set("available", available);
    return out;
  } catch (const Error& error) {
    throw from_error(env, error);
  }
}

/// Decoded elements of one tap, row-major.
Napi::Value decode_matrix(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Matrix matrix = to_matrix(info[0].As<Napi::Object>());
  const uint64_t tap = info[1].As<Napi::Number>().Uint32Value();
  try {
    BlockReader reader(matrix);
    std::vector<std::byte> codes(matrix.count() * code_width(matrix.encoding));
    reader.read(tap, 0, matrix.rows, 0, matrix.cols, codes.data());
    reader.check_unchanged();
    if (matrix.encoding == Encoding::f64) {
      auto values = Napi::Float64Array::New(env, matrix.count());
      decode(matrix.encoding, codes.data(), matrix.count(), values.Data());
      return values;
    }
    auto values = Napi::Float32Array::New(env, matrix.count());
    decode(matrix.encoding, codes.data(), matrix.count(), values.Data());
    return values;
  } catch (const Error& error) {
    throw from_error(env, error);
  }
}

/// σ with shuffled[j] = original[σ[j]].
Napi::Value permutation(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto word = [&](size_t i) { return info[i].As<Napi::Number>().Uint32Value(); };
  const ShuffleKey key{{word(0), word(1)}, word(2), word(3)};
  const uint32_t count = word(4);
  auto out = Napi::Uint32Array::New(env, count);
  TeamOfOne alone;
  original_positions(key, count, out.Data(), alone);
  return out;
}

/// Peak bytes of one problem, or of three that are a fused group.
Napi::Value problem_bytes(const Napi::CallbackInfo& info) {
  const auto problems = info[0].As<Napi::Array>();
  const Problem last = to_problem(problems.Get(problems.Length() - 1).As<Napi::Object>());
  const uint64_t bytes = problems.Length() == 3 ? fused_spectra_bytes(last) : spectra_bytes(last);
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

/// Whether the open file is now ours alone.
Napi::Value try_lock(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  try {
    return Napi::Boolean::New(env, spectrap::try_lock(info[0].As<Napi::Number>().Int32Value()));
  } catch (const Error& error) {
    throw from_error(env, error);
  }
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("blas", Napi::Function::New(env, blas));
  exports.Set("cpuFeatures", Napi::Function::New(env, cpu_features));
  exports.Set("kernels", Napi::Function::New(env, kernels));
  exports.Set("decodeMatrix", Napi::Function::New(env, decode_matrix));
  exports.Set("permutation", Napi::Function::New(env, permutation));
  exports.Set("problemBytes", Napi::Function::New(env, problem_bytes));
  exports.Set("tryLock", Napi::Function::New(env, try_lock));
  exports.Set("Solver", Solver::define(env));
  exports.Set("Trainer", Trainer::define(env));
  define_bench(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(spectrap, init)

}  // namespace spectrap::binding
