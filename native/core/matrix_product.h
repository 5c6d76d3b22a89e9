#pragma once

#include <cstdint>

#include "team.h"

namespace spectrap {

/// A row-major matrix in memory; rows begin `stride` elements apart.
struct Panel {
  const double* data;
  uint64_t stride;
};

/// C += A·B with A rows × depth, B depth × cols and C rows × cols, contiguous. Every element of C adds its
/// products in the order of their depth, without contraction: the same bits on every machine, whoever is in
/// the team.
void add_product(Panel a, Panel b, double* c, uint64_t rows, uint64_t depth, uint64_t cols, Team& team);

}  // namespace spectrap
