#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>

#include "../core/error.h"

namespace spectrap::fuzz {

/// Ends the process, as a sanitizer would.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

template <class Act>
void require_error(const std::string& code, Act act) {
  try {
    act();
  } catch (const Error& error) {
    require(error.code() == code, "the error that is due");
    return;
  }
  require(code.empty(), "an error is due");
}

/// Compares bits; any NaN is as good as another.
template <class Real>
bool same(Real a, Real b) {
  using Bits = std::conditional_t<sizeof(Real) == 8, uint64_t, uint32_t>;
  return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b) || (std::isnan(a) && std::isnan(b));
}

}  // namespace spectrap::fuzz
