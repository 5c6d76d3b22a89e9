#pragma once

#include <vector>

namespace spectrap {

/// Eigenvalues of a symmetric matrix of order n, and some of its eigenvectors.
struct EigenPairs {
  std::vector<double> values;   ///< all n, ascending
  std::vector<double> vectors;  ///< of the largest ones, n elements each, in the order of the values
};

}  // namespace spectrap
