#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "altered.h"
#include "spectrum.h"
#include "team.h"

namespace spectrap {

/// Shuffled copies first_replica … first_replica + replicas − 1 of one tap, their entries altered before the
/// shuffle.
struct ShuffledQuestion {
  Problem problem;  ///< its key and number of replicas; always solved in double precision
  uint32_t tap = 0;
  uint32_t first_replica = 0;
  Alteration alteration;
  uint64_t top = 0;  ///< pairs of singular vectors wanted, at most M
};

/// A shuffled copy S: its spectrum, and the singular vectors of its `top` largest singular values, in the
/// order of the eigenvalues, of norm 1.
struct ShuffledCopy {
  std::vector<double> eigenvalues;  ///< all M of SᵀS (smaller side), ascending, not below 0
  std::vector<double> row_vectors;  ///< `top` times `rows` numbers
  std::vector<double> col_vectors;  ///< `top` times `cols` numbers
  /// Of each pair: where the entry at the largest component of either vector stands in the matrix as stored,
  /// row·cols + col.
  std::vector<uint64_t> origins;
};

/// Peak bytes shuffled_copies() allocates, results apart.
uint64_t shuffled_copies_bytes(const ShuffledQuestion& question);

/// Altered entries are rounded to float32 (altered.h), unaltered ones are not: then the copies are those of
/// spectra(). Throws what spectra() and eigen() throw.
std::vector<ShuffledCopy> shuffled_copies(const ShuffledQuestion& question,
                                          const std::atomic<bool>& cancelled, Team& team);

}  // namespace spectrap
