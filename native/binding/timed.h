#pragma once

#include <napi.h>

#include "../core/clock.h"

namespace spectrap::binding {

/// What is measured of a piece of work. The wall's clock is read outside: it may only show more.
struct Times {
  double seconds = 0;
  double cpu_seconds = 0;
};

template <class Work>
Times timed(const Work& work) {
  const double wall = wall_seconds();
  const double cpu = thread_cpu_seconds();
  work();
  const double cpu_end = thread_cpu_seconds();
  return {wall_seconds() - wall, cpu_end - cpu};
}

inline Napi::Object from_times(Napi::Env env, const Times& times) {
  auto out = Napi::Object::New(env);
  out.Set("seconds", times.seconds);
  out.Set("cpuSeconds", times.cpu_seconds);
  return out;
}

}  // namespace spectrap::binding
