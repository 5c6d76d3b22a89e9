#pragma once

#include <napi.h>

namespace spectrap::binding {

/// Adds trainMlp of lib/solver/native-bench.ts to the functions of define_bench().
void define_train_bench(Napi::Env env, Napi::Object bench);

}  // namespace spectrap::binding
