#include "spectrum_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "error.h"
#include "product.h"

namespace spectrap {
namespace {

void check_identity(const char* what, double got, double expected, double tolerance) {
  if (std::abs(got - expected) <= tolerance * expected) return;
  throw Error("SPECTRUM_CHECK", std::string(what) + " is " + std::to_string(got / expected) +
                                    " times what the matrix has; the spectrum is not to be trusted");
}

}  // namespace

template <class Real>
void check_spectrum(const std::vector<double>& eigenvalues, double weight_norm_squared,
                    double gram_norm_squared, const Matrix& shape) {
  double sum = 0;
  double sum_of_squares = 0;
  for (const double value : eigenvalues) {
    sum += value;
    sum_of_squares += value * value;
  }
  // Both hold to rounding: a few ε per eigenvalue, growing like the square root of the longer sum.
  constexpr auto epsilon = static_cast<double>(std::numeric_limits<Real>::epsilon());
  const double tolerance = 64 * epsilon * std::sqrt(static_cast<double>(shape.larger()));
  const double of_sum = std::is_same_v<Real, float> ? single_promise / 2 : tolerance;
  check_identity("the sum of the eigenvalues", sum, weight_norm_squared, of_sum);
  check_identity("the sum of the squared eigenvalues", sum_of_squares, gram_norm_squared, tolerance);
}

template <class Real>
void check_and_unscale(std::vector<double>& eigenvalues, double scale, double sum_squares,
                       double gram_norm_squared, const Matrix& shape) {
  check_spectrum<Real>(eigenvalues, sum_squares * scale * scale, gram_norm_squared, shape);
  // Below the promise a computed eigenvalue may be negative; none of WᵀW is.
  for (double& value : eigenvalues) value = std::max(value, 0.0) / scale / scale;
}

template void check_spectrum<double>(const std::vector<double>&, double, double, const Matrix&);
template void check_spectrum<float>(const std::vector<double>&, double, double, const Matrix&);
template void check_and_unscale<double>(std::vector<double>&, double, double, double, const Matrix&);
template void check_and_unscale<float>(std::vector<double>&, double, double, double, const Matrix&);

}  // namespace spectrap
