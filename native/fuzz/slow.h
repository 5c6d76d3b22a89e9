#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fuzz_case.h"

// The answers of the reader, the decoders and the moments, found slowly, element by element, from the
// definitions of the formats and not from our code.
namespace spectrap::fuzz {

/// Whether a matrix that is not empty lies inside its byte ranges and is no larger than they are.
bool lies_inside(const Matrix& matrix);

/// The error that opening must give; empty if none.
std::string due_error(const FuzzCase& drawn);

/// The value of an element, widened.
double element(const FuzzCase& drawn, uint64_t tap, uint64_t row, uint64_t col);

/// The stored bytes of an element of a float encoding.
const uint8_t* stored(const FuzzCase& drawn, uint64_t tap, uint64_t row, uint64_t col);

/// Code and place of the first MXFP4 block, in row-major order, that has no value.
struct BadBlock {
  std::string code;
  std::string place;
};
/// None of another encoding.
std::optional<BadBlock> first_bad_block(const FuzzCase& drawn, const Block& block);

}  // namespace spectrap::fuzz
