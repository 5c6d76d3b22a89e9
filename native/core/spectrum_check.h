#pragma once

#include <vector>

#include "matrix.h"

namespace spectrap {

/// Holds eigenvalues of the Gram matrix G of a matrix W of this shape against the two sums that need no
/// eigenvalue: Σλ = ‖W‖²_F and Σλ² = ‖G‖²_F, within rounding of Real, the type they were computed in. In
/// float32 the first is held to half the promise: rounding errors that average out leave 1e-6 of Σλ at most,
/// those of repetitive matrices (all entries equal) line up, and one eigenvalue, nearly all of the sum, takes
/// them. Throws SPECTRUM_CHECK.
template <class Real>
void check_spectrum(const std::vector<double>& eigenvalues, double weight_norm_squared,
                    double gram_norm_squared, const Matrix& shape);

/// Turns computed eigenvalues of scale²·WᵀW into those of WᵀW, after check_spectrum(). `sum_squares` is
/// ‖W‖²_F, `gram_norm_squared` that of the scaled Gram matrix. Throws SPECTRUM_CHECK.
template <class Real>
void check_and_unscale(std::vector<double>& eigenvalues, double scale, double sum_squares,
                       double gram_norm_squared, const Matrix& shape);

}  // namespace spectrap
