#include "cpu.h"

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace spectrap {
namespace {

struct Feature {
  const char* name;
  bool present;
};

}  // namespace

std::vector<std::string> cpu_features() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const Feature features[] = {
      {"sse4_2", __builtin_cpu_supports("sse4.2") != 0},
      {"avx", __builtin_cpu_supports("avx") != 0},
      {"avx2", __builtin_cpu_supports("avx2") != 0},
      {"fma", __builtin_cpu_supports("fma") != 0},
      {"avx512f", __builtin_cpu_supports("avx512f") != 0},
      {"avx512cd", __builtin_cpu_supports("avx512cd") != 0},
      {"avx512bw", __builtin_cpu_supports("avx512bw") != 0},
      {"avx512dq", __builtin_cpu_supports("avx512dq") != 0},
      {"avx512vl", __builtin_cpu_supports("avx512vl") != 0},
      {"avx512_vnni", __builtin_cpu_supports("avx512vnni") != 0},
      {"avx512_bf16", __builtin_cpu_supports("avx512bf16") != 0},
  };
#elif defined(__aarch64__) && defined(__linux__)
  const unsigned long base = getauxval(AT_HWCAP);
  const unsigned long more = getauxval(AT_HWCAP2);
  const Feature features[] = {
      {"neon", (base & HWCAP_ASIMD) != 0},      {"asimdhp", (base & HWCAP_ASIMDHP) != 0},
      {"asimddp", (base & HWCAP_ASIMDDP) != 0}, {"sve", (base & HWCAP_SVE) != 0},
      {"sve2", (more & HWCAP2_SVE2) != 0},      {"i8mm", (more & HWCAP2_I8MM) != 0},
      {"bf16", (more & HWCAP2_BF16) != 0},
  };
#else
  const std::vector<Feature> features;
#endif
  std::vector<std::string> names;
  for (const Feature& feature : features) {
    if (feature.present) names.emplace_back(feature.name);
  }
  return names;
}

}  // namespace spectrap
