#pragma once

#include <string>
#include <vector>

namespace spectrap {

/// Instruction sets that this CPU has, that the operating system lets a program use, and that decide how fast
/// a BLAS can be. Named as /proc/cpuinfo does, except that arm64's "asimd" goes by its better known name.
/// Empty on an architecture we do not know.
std::vector<std::string> cpu_features();

}  // namespace spectrap
