#pragma once

#include <vector>

#include "matrix.h"

namespace spectrap {

/// Holds eigenvalues of the Gram matrix G of a matrix W of this shape against the two sums that need no
/// eigenvalue: Σλ = ‖W‖²_F and Σλ² = ‖G‖²_F, within rounding of Real, the type they were computed in. Throws
/// SPECTRUM_CHECK.
template <class Real>
void check_spectrum(const std::vector<double>& eigenvalues, double weight_norm_squared,
                    double gram_norm_squared, const Matrix& shape);

}  // namespace spectrap
