#include "../core/cpu.h"

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>

using namespace spectrap;

TEST_CASE("CPU features are those the operating system tells of") {
  std::ifstream cpuinfo("/proc/cpuinfo");
  std::set<std::string> told;
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.rfind("flags", 0) != 0 && line.rfind("Features", 0) != 0) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    for (std::string word; words >> word;) told.insert(word == "asimd" ? "neon" : word);
    break;
  }
  const std::vector<std::string> found = cpu_features();
  for (const std::string& name : found) {
    CAPTURE(name);
    CHECK(told.count(name) == 1);
  }
  const std::set<std::string> known(found.begin(), found.end());
  CHECK(known.size() == found.size());
  for (const char* name : {"sse4_2", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512_vnni",
                           "avx512_bf16", "neon", "sve", "bf16"}) {
    CAPTURE(name);
    CHECK(known.count(name) == told.count(name));
  }
}
