// What the compiled contenders share: the protocol of eigenvalues.py, for a program of one library.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <type_traits>
#include <vector>

namespace peer {

inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Reads the matrix, repeats `solve` (matrix → ascending eigenvalues) until a fifth of a second is spent,
/// prints.
template <class Real, class Solve>
int measure(const char* file, int n, const Solve& solve) {
  const size_t count = static_cast<size_t>(n) * n;
  std::vector<double> values(count);
  std::FILE* stream = std::fopen(file, "rb");
  if (stream == nullptr || std::fread(values.data(), sizeof(double), count, stream) != count) return 1;
  std::fclose(stream);
  const std::vector<Real> matrix(values.begin(), values.end());
  std::vector<double> wall;
  std::vector<double> cpu;
  std::vector<Real> eigenvalues;
  double spent = 0;
  do {
    std::vector<Real> copy = matrix;
    const double wall_start = wall_seconds();
    const double cpu_start = cpu_seconds();
    eigenvalues = solve(copy, n);
    cpu.push_back(cpu_seconds() - cpu_start);
    wall.push_back(wall_seconds() - wall_start);
    spent += wall.back();
  } while (spent < 0.2 && wall.size() < 200);
  std::printf(
      "{\"seconds\": %.9g, \"cpuSeconds\": %.9g, \"kernel\": null, \"library\": null, \"eigenvalues\": [",
      median(wall), median(cpu));
  for (int i = 0; i < n; ++i) std::printf("%s%.17g", i == 0 ? "" : ", ", static_cast<double>(eigenvalues[i]));
  std::printf("]}\n");
  return 0;
}

/// `program version` or `program PRECISION FILE N`; `solve` takes a matrix in each precision it knows.
template <class Solve>
int main(int argc, char** argv, const std::string& version, const Solve& solve) {
  if (argc == 2) {
    std::printf("{\"version\": \"%s\"}\n", version.c_str());
    return 0;
  }
  if (argc != 4) return 2;
  const int n = std::atoi(argv[3]);
  if (std::string(argv[1]) == "double") return measure<double>(argv[2], n, solve);
  if constexpr (std::is_invocable_v<Solve, std::vector<float>&, int>)
    return measure<float>(argv[2], n, solve);
  return 2;
}

}  // namespace peer
