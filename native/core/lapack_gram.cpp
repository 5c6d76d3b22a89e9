#include "lapack_gram.h"

#include <algorithm>
#include <utility>

#include "blas_gram.h"
#include "lapack_eigen.h"
#include "spectrum_check.h"

namespace spectrap {

template <class Real>
LapackGram<Real>::LapackGram(const Matrix& shape, Team& /*alone*/)
    : shape_(shape), m_(shape.smaller()), g_(m_ * m_) {}

template <class Real>
uint64_t LapackGram<Real>::bytes(const Matrix& shape) {
  return Buffer<Real>::bytes(shape.smaller() * shape.smaller());
}

template <class Real>
uint64_t LapackGram<Real>::scratch_bytes(const Matrix& shape) {
  return std::max(gram_scratch_bytes<Real>(shape), tridiagonalize_scratch_bytes<Real>(shape.smaller()));
}

template <class Real>
void LapackGram<Real>::form(BlockSource& source, double scale, StageSeconds& seconds) {
  const StageTimer timer(seconds.gram);
  scale_ = scale;
  gram(source, shape_, scale, g_.data());
}

template <class Real>
void LapackGram<Real>::clear(double scale) {
  scale_ = scale;
  std::fill(g_.data(), g_.data() + m_ * m_, Real{0});
}

template <class Real>
void LapackGram<Real>::add(const LapackGram& other) {
  for (uint64_t i = 0; i < m_ * m_; ++i) g_[i] += other.g_[i];
}

template <class Real>
std::vector<double> LapackGram<Real>::eigenvalues(double sum_squares, StageSeconds& seconds,
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
  check_spectrum<Real>(values, sum_squares * scale_ * scale_, norm_squared, shape_);
  // Below the promise a computed eigenvalue may be negative; none of WᵀW is.
  for (double& value : values) value = std::max(value, 0.0) / scale_ / scale_;
  return values;
}

template class LapackGram<double>;
template class LapackGram<float>;

}  // namespace spectrap
