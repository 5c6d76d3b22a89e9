#pragma once

#include <napi.h>

namespace spectrap::binding {

/// Adds the functions of lib/solver/native-bench.ts: stages of the solver and of LAPACK, timed inside, on the
/// calling thread. They block it: benchmarks call them in processes of their own.
void define_bench(Napi::Env env, Napi::Object exports);

}  // namespace spectrap::binding
