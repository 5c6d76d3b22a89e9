#pragma once

#include <cstdint>
#include <optional>

#include "matrix.h"

namespace spectrap {

/// The inverse of decode(): the codes nearest to `count` finite values, ties to even, signs of zeros kept.
/// MXFP4 stands for its codes, BF16. Returns the first value whose code would be an infinity or a NaN; what
/// is written from there on has no meaning.
std::optional<uint64_t> encode(Encoding encoding, const double* values, uint64_t count, void* codes);

}  // namespace spectrap
