#include "../core/ceilings.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "../core/isa.h"

using namespace spectrap;

TEST_CASE("ceilings are positive numbers, and every set has the two peaks and the memory's") {
  for (const simd::Stages* stages : available_stages()) {
    CAPTURE(stages->name);
    const Ceilings found = measure_ceilings(*stages, 1 << 20);
    std::set<std::string> names;
    for (const auto& [name, per_second] : found.rates) {
      CAPTURE(name);
      CHECK(std::isfinite(per_second));
      CHECK(per_second > 0);
      CHECK(names.insert(name).second);
    }
    for (const char* name : {"fma_f64", "fma_f32", "read", "triad"}) CHECK(names.count(name) == 1);
    CHECK(std::isfinite(found.clock));
    CHECK(found.clock > 0);
  }
}

TEST_CASE("the loops over memory compute what they say, at lengths that fill no register") {
  for (const simd::Stages* stages : available_stages()) {
    CAPTURE(stages->name);
    for (const uint64_t count : {0, 1, 7, 64, 129}) {
      CAPTURE(count);
      std::vector<double> a(count);
      std::vector<double> b(count);
      std::vector<double> to(count, -1);
      double sum = 0;
      for (uint64_t i = 0; i < count; ++i) {
        a[i] = static_cast<double>(i + 1);
        b[i] = static_cast<double>(3 * i);
        sum += a[i];
      }
      CHECK(stages->ceilings.read(count, a.data()) == sum);
      stages->ceilings.triad(count, to.data(), a.data(), b.data(), 0.5);
      for (uint64_t i = 0; i < count; ++i) CHECK(to[i] == a[i] + 0.5 * b[i]);
    }
  }
}
