#include "ceilings.h"

#include <algorithm>
#include <limits>

#include "buffer.h"
#include "clock.h"

namespace spectrap {
namespace {

constexpr int runs = 7;
/// Long enough for the clock to be exact, short enough to fall between two interruptions.
constexpr double run_seconds = 0.005;

template <class Work>
double best_seconds(const Work& work) {
  double best = std::numeric_limits<double>::infinity();
  for (int run = 0; run < runs; ++run) {
    const double start = thread_cpu_seconds();
    work();
    best = std::min(best, thread_cpu_seconds() - start);
  }
  return best;
}

/// Steps per second of a loop, which is first made long enough.
template <class Loop>
double steps_per_second(const Loop& loop) {
  uint64_t steps = 1024;
  for (; steps < uint64_t{1} << 40; steps *= 2) {
    const double start = thread_cpu_seconds();
    loop(steps);
    if (thread_cpu_seconds() - start >= run_seconds) break;
  }
  return static_cast<double>(steps) / best_seconds([&] { loop(steps); });
}

/// Two operations that wait for each other, one cycle each on every CPU at hand.
void dependent_chain(uint64_t steps) {
  volatile uint64_t unknown = 0x5555555555555555;
  const uint64_t mask = unknown;
  uint64_t x = unknown + 1;
  for (uint64_t step = 0; step < steps; ++step) x = (x ^ mask) + mask;
  volatile uint64_t result = x;
  (void)result;
}

}  // namespace

Ceilings measure_ceilings(const simd::Stages& stages, uint64_t bytes) {
  Ceilings found;
  for (const auto& peak : stages.ceilings.peaks) {
    if (peak.name == nullptr) continue;
    found.rates.push_back({peak.name, static_cast<double>(peak.operations) * steps_per_second(peak.run)});
  }
  found.clock = 2 * steps_per_second(dependent_chain);

  const uint64_t count = bytes / sizeof(double);
  Buffer<double> a(count);
  Buffer<double> b(count);
  Buffer<double> c(count);
  for (Buffer<double>* array : {&a, &b, &c}) std::fill(array->data(), array->data() + count, 1.0);
  const double size = static_cast<double>(count * sizeof(double));
  volatile double sum = 0;
  found.rates.push_back({"read", size / best_seconds([&] { sum = stages.ceilings.read(count, a.data()); })});
  found.rates.push_back({"triad", 3 * size / best_seconds([&] {
                                    stages.ceilings.triad(count, a.data(), b.data(), c.data(), 0.5);
                                  })});
  return found;
}

}  // namespace spectrap
