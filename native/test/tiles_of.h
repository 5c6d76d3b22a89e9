#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "../core/buffer.h"
#include "../core/tiles.h"

namespace spectrap::test {

/// A symmetric matrix (n × n, row-major, full) in the layout of Tiles, rounded to Real.
template <class Real>
Buffer<Real> tiles_of(const std::vector<double>& symmetric, uint64_t n) {
  Buffer<Real> data(Tiles<Real>::size(n));
  std::fill(data.data(), data.data() + data.size(), Real{0});
  const Tiles<Real> tiles(n, data.data());
  const uint64_t side = tiles.side();
  for (uint64_t i = 0; i < n; ++i) {
    for (uint64_t j = 0; j < n; ++j) {
      if (i / side < j / side) continue;
      tiles.tile(i / side, j / side)[j % side * side + i % side] = static_cast<Real>(symmetric[i * n + j]);
    }
  }
  return data;
}

}  // namespace spectrap::test
