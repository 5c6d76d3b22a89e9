#pragma once

#include <string>

#include "../core/error.h"

namespace spectrap::test {

/// The code of the Error that `act` throws; empty if it throws none.
template <class Act>
std::string error_code(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error.code();
  }
  return {};
}

/// The reason of the Error that `act` throws; empty if it throws none.
template <class Act>
std::string error_reason(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace spectrap::test
