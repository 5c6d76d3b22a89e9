#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "matrix.h"

namespace spectrap {

/// The shape of a matrix in memory, its taps one behind the other and row-major, before it has its elements.
inline Matrix memory_shape(Encoding encoding, uint64_t rows, uint64_t cols, uint64_t taps = 1) {
  Matrix matrix;
  matrix.rows = rows;
  matrix.cols = cols;
  matrix.taps = taps;
  matrix.encoding = encoding;
  matrix.strides = {0, cols, 1, rows * cols};
  return matrix;
}

/// The elements that `values` (a Buffer, a vector) holds, which live as long as what points to them. They
/// have an address, also where there are none.
template <class Values>
std::shared_ptr<const void> elements_of(std::shared_ptr<Values> values) {
  const auto* elements = values->data();
  return {std::move(values), elements};
}

/// A matrix in memory, of codes of any encoding but MXFP4.
inline Matrix memory_matrix(std::string name, Encoding encoding, uint64_t rows, uint64_t cols,
                            std::shared_ptr<const void> elements, uint64_t taps = 1) {
  Matrix matrix = memory_shape(encoding, rows, cols, taps);
  matrix.name = std::move(name);
  matrix.memory = std::move(elements);
  return matrix;
}

}  // namespace spectrap
