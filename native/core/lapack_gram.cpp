#include "lapack_gram.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "blas.h"
#include "blas_gram.h"
#include "error.h"
#include "lapack_eigen.h"
#include "spectrum_check.h"

namespace spectrap {
namespace {

// Scratch that dsyevd documents for eigenvectors: 1 + 6n + 2n² reals, 3 + 5n integers.
uint64_t syevd_reals(uint64_t n) { return 1 + 6 * n + 2 * n * n; }
uint64_t syevd_integers(uint64_t n) { return 3 + 5 * n; }

/// Largest order whose scratch LAPACK's 32-bit integers can count.
constexpr uint64_t largest_order = 32766;

/// All eigenvalues, ascending; `g` becomes the eigenvectors, one after another.
std::vector<double> decompose(Buffer<double>& g, uint64_t n) {
  if (n == 0) return {};
  if (n > largest_order) {
    throw Error("LAPACK_FAILED", "syevd cannot count the scratch of order " + std::to_string(n));
  }
  std::vector<double> values(n);
  Buffer<double> work(syevd_reals(n));
  Buffer<int> integers(syevd_integers(n));
  const int info =
      Blas::get().syevd(static_cast<int>(n), g.data(), values.data(), work.data(),
                        static_cast<int>(work.size()), integers.data(), static_cast<int>(integers.size()));
  if (info != 0) throw Error("NO_CONVERGENCE", "the divide and conquer of dsyevd did not converge");
  return values;
}

}  // namespace

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
  check_and_unscale<Real>(values, scale_, sum_squares, norm_squared, shape_);
  return values;
}

template <class Real>
EigenPairs LapackGram<Real>::top_pairs(uint64_t top, double sum_squares, StageSeconds& /*together*/,
                                       const std::atomic<bool>& cancelled) {
  if constexpr (std::is_same_v<Real, double>) {
    check_cancelled(cancelled);
    const double norm_squared = gram_norm_squared(g_.data(), m_);
    EigenPairs pairs;
    pairs.values = decompose(g_, m_);
    check_and_unscale<Real>(pairs.values, scale_, sum_squares, norm_squared, shape_);
    pairs.vectors.assign(g_.data() + (m_ - top) * m_, g_.data() + m_ * m_);
    return pairs;
  } else {
    throw std::logic_error("eigenvectors are computed in float64");
  }
}

template <class Real>
uint64_t LapackGram<Real>::top_pairs_bytes(uint64_t m, uint64_t /*all*/) {
  return Buffer<double>::bytes(syevd_reals(m)) + Buffer<int>::bytes(syevd_integers(m));
}

template class LapackGram<double>;
template class LapackGram<float>;

}  // namespace spectrap
