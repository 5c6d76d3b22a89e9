#include "gram_spectrum.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "eigen.h"
#include "error.h"
#include "gram.h"

namespace spectrap {
namespace {

/// Both identities hold to rounding: a few ε per eigenvalue, growing like the square root of the longer sum.
template <class Real>
double check_tolerance(const Matrix& shape) {
  constexpr auto epsilon = static_cast<double>(std::numeric_limits<Real>::epsilon());
  return 64 * epsilon * std::sqrt(static_cast<double>(shape.larger()));
}

void check_identity(const char* what, double got, double expected, double tolerance) {
  if (std::abs(got - expected) <= tolerance * expected) return;
  throw Error("SPECTRUM_CHECK", std::string(what) + " is " + std::to_string(got / expected) +
                                    " times what the matrix has; the spectrum is not to be trusted");
}

}  // namespace

template <class Real>
GramSpectrum<Real>::GramSpectrum(const Matrix& shape) : shape_(shape), m_(shape.smaller()), g_(m_ * m_) {}

template <class Real>
uint64_t GramSpectrum<Real>::bytes(const Matrix& shape) {
  return Buffer<Real>::bytes(shape.smaller() * shape.smaller());
}

template <class Real>
uint64_t GramSpectrum<Real>::scratch_bytes(const Matrix& shape) {
  return std::max(gram_scratch_bytes<Real>(shape), tridiagonalize_scratch_bytes<Real>(shape.smaller()));
}

template <class Real>
void GramSpectrum<Real>::form(BlockSource& source, double scale, StageSeconds& seconds) {
  const StageTimer timer(seconds.gram);
  scale_ = scale;
  gram(source, shape_, scale, g_.data());
}

template <class Real>
void GramSpectrum<Real>::clear(double scale) {
  scale_ = scale;
  std::fill(g_.data(), g_.data() + m_ * m_, Real{0});
}

template <class Real>
void GramSpectrum<Real>::add(const GramSpectrum& other) {
  for (uint64_t i = 0; i < m_ * m_; ++i) g_[i] += other.g_[i];
}

template <class Real>
std::vector<double> GramSpectrum<Real>::eigenvalues(double sum_squares, StageSeconds& seconds,
                                                    const std::atomic<bool>& cancelled) {
  check_cancelled(cancelled);
  const double norm_squared = gram_norm_squared(g_.data(), m_);
  Tridiagonal t;
  {
    const StageTimer timer(seconds.reduce);
    t = tridiagonalize(g_.data(), m_);
  }
  check_cancelled(cancelled);
  const StageTimer timer(seconds.roots);
  std::vector<double> values = tridiagonal_eigenvalues(std::move(t));
  double sum = 0;
  double sum_of_squares = 0;
  for (const double value : values) {
    sum += value;
    sum_of_squares += value * value;
  }
  const double tolerance = check_tolerance<Real>(shape_);
  check_identity("the sum of the eigenvalues", sum, sum_squares * scale_ * scale_, tolerance);
  check_identity("the sum of the squared eigenvalues", sum_of_squares, norm_squared, tolerance);
  // Below the promise a computed eigenvalue may be negative; none of WᵀW is.
  for (double& value : values) value = std::max(value, 0.0) / scale_ / scale_;
  return values;
}

template class GramSpectrum<double>;
template class GramSpectrum<float>;

}  // namespace spectrap
