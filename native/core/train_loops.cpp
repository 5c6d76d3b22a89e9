#include "train_loops.h"

#include <algorithm>

#include "clones.h"
#include "inline.h"

namespace spectrap {
namespace {

template <class Real>
SPECTRAP_INLINE void bias_rows(uint64_t rows, uint64_t cols, const Real* bias, Real* y) {
  for (uint64_t i = 0; i < rows; ++i) {
    Real* row = y + i * cols;
    for (uint64_t j = 0; j < cols; ++j) row[j] += bias[j];
  }
}

template <class Real>
SPECTRAP_INLINE void bias_relu_rows(uint64_t rows, uint64_t cols, const Real* bias, Real* y) {
  for (uint64_t i = 0; i < rows; ++i) {
    Real* row = y + i * cols;
    for (uint64_t j = 0; j < cols; ++j) {
      const Real sum = row[j] + bias[j];
      row[j] = sum > 0 ? sum : Real{0};
    }
  }
}

template <class Real>
SPECTRAP_INLINE void mask(uint64_t count, const Real* y, Real* gradient) {
  for (uint64_t i = 0; i < count; ++i) gradient[i] = y[i] > 0 ? gradient[i] : Real{0};
}

template <class Real>
SPECTRAP_INLINE void add(uint64_t count, const Real* from, Real* to) {
  for (uint64_t i = 0; i < count; ++i) to[i] += from[i];
}

template <class Real>
SPECTRAP_INLINE void sum_columns(uint64_t rows, uint64_t cols, const Real* values, Real* sums) {
  std::fill(sums, sums + cols, Real{0});
  for (uint64_t i = 0; i < rows; ++i) {
    const Real* row = values + i * cols;
    for (uint64_t j = 0; j < cols; ++j) sums[j] += row[j];
  }
}

}  // namespace

SPECTRAP_CLONES void add_bias(uint64_t rows, uint64_t cols, const float* bias, float* y) {
  bias_rows(rows, cols, bias, y);
}
SPECTRAP_CLONES void add_bias(uint64_t rows, uint64_t cols, const double* bias, double* y) {
  bias_rows(rows, cols, bias, y);
}

SPECTRAP_CLONES void add_bias_relu(uint64_t rows, uint64_t cols, const float* bias, float* y) {
  bias_relu_rows(rows, cols, bias, y);
}
SPECTRAP_CLONES void add_bias_relu(uint64_t rows, uint64_t cols, const double* bias, double* y) {
  bias_relu_rows(rows, cols, bias, y);
}

SPECTRAP_CLONES void relu_gradient(uint64_t count, const float* y, float* gradient) {
  mask(count, y, gradient);
}
SPECTRAP_CLONES void relu_gradient(uint64_t count, const double* y, double* gradient) {
  mask(count, y, gradient);
}

SPECTRAP_CLONES void add_to(uint64_t count, const float* from, float* to) { add(count, from, to); }
SPECTRAP_CLONES void add_to(uint64_t count, const double* from, double* to) { add(count, from, to); }

SPECTRAP_CLONES void column_sums(uint64_t rows, uint64_t cols, const float* values, float* sums) {
  sum_columns(rows, cols, values, sums);
}
SPECTRAP_CLONES void column_sums(uint64_t rows, uint64_t cols, const double* values, double* sums) {
  sum_columns(rows, cols, values, sums);
}

}  // namespace spectrap
