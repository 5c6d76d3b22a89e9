#include "isa.h"

#include <cstdlib>
#include <string>

#include "error.h"

namespace spectrap {

namespace simd {
#if defined(__x86_64__)
namespace sse2 {
extern const Stages stages;
}
namespace avx2 {
extern const Stages stages;
}
namespace avx512 {
extern const Stages stages;
}
namespace avx512_bf16 {
extern const Stages stages;
}
#elif defined(__aarch64__)
namespace neon {
extern const Stages stages;
}
#else
namespace generic {
extern const Stages stages;
}
#endif
}  // namespace simd

namespace {

std::vector<const simd::Stages*> find_stages() {
#if defined(SPECTRAP_EMULATE_AVX512)
  return {&simd::sse2::stages, &simd::avx2::stages, &simd::avx512::stages, &simd::avx512_bf16::stages};
#elif defined(__x86_64__)
  __builtin_cpu_init();
  std::vector<const simd::Stages*> found{&simd::sse2::stages};
  if (__builtin_cpu_supports("avx2") == 0 || __builtin_cpu_supports("fma") == 0) return found;
  found.push_back(&simd::avx2::stages);
  if (__builtin_cpu_supports("avx512f") == 0 || __builtin_cpu_supports("avx512bw") == 0 ||
      __builtin_cpu_supports("avx512dq") == 0 || __builtin_cpu_supports("avx512vl") == 0) {
    return found;
  }
  found.push_back(&simd::avx512::stages);
  if (__builtin_cpu_supports("avx512bf16") != 0 && __builtin_cpu_supports("avx512vnni") != 0) {
    found.push_back(&simd::avx512_bf16::stages);
  }
  return found;
#elif defined(__aarch64__)
  return {&simd::neon::stages};
#else
  return {&simd::generic::stages};
#endif
}

const simd::Stages& choose() {
  const auto& available = available_stages();
  const char* named = std::getenv("SPECTRAP_ISA");
  if (named == nullptr || *named == '\0') return *available.back();
  std::string names;
  for (const simd::Stages* stages : available) {
    if (std::string(named) == stages->name) return *stages;
    if (!names.empty()) names += ", ";
    names += stages->name;
  }
  throw Error("UNKNOWN_ISA",
              std::string("SPECTRAP_ISA is ").append(named).append(", this CPU can run ").append(names));
}

}  // namespace

const std::vector<const simd::Stages*>& available_stages() {
  static const std::vector<const simd::Stages*> found = find_stages();
  return found;
}

const simd::Stages& stages() {
  static const simd::Stages& chosen = choose();
  return chosen;
}

}  // namespace spectrap
