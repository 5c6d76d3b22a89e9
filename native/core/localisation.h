#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "spectrum.h"
#include "team.h"

namespace spectrap {

/// How a vector v is spread over its n components, whatever its sign. The length of v enters the entropy
/// alone, by way of the 1e-10: vectors of norm 1 are meant.
struct Localisation {
  double entropy = 0;    ///< of a histogram of |v|, in nats; see localisation()
  double loc_ratio = 0;  ///< ‖v‖₁/‖v‖∞, from 1 for a single component to n
  double ipr = 0;  ///< inverse participation ratio Σv⁴/(Σv²)², from 1/n to 1 for a single component
};

/// Of a vector of n ≥ 1 components that is not zero. The entropy is −Σ p ln p over the histogram of |v| in
/// 100 equal bins from the smallest to the largest, with p proportional to the density plus 1e-10; where all
/// |v| are equal they share one bin. It measures magnitudes, not places.
Localisation localisation(const double* v, uint64_t n);

/// All eigenvalues of a Gram matrix, ascending, and how the eigenvectors of the largest are spread.
struct EigenvectorLocalisation {
  std::vector<double> values;
  std::vector<Localisation> vectors;  ///< in the order of the values
};

/// Of one tap of a matrix: the eigenvectors eigen() gives, which are not kept; of a square matrix the left
/// singular vectors, as WeightWatcher takes them. Throws what eigen() throws.
EigenvectorLocalisation eigenvector_localisation(const Problem& problem, uint64_t tap, uint64_t top,
                                                 const std::atomic<bool>& cancelled, Team& team);

/// Peak bytes eigenvector_localisation() allocates, results apart. eigen_needs_blas() says whether it calls
/// the BLAS.
uint64_t eigenvector_localisation_bytes(const Problem& problem, uint64_t top);

}  // namespace spectrap
