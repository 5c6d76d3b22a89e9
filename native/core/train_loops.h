#pragma once

#include <cstdint>

namespace spectrap {

// What a training step does beside its matrix products. Matrices are row-major. Every sum runs in an order
// that is fixed in the source, so the bits do not depend on the width of the vectors.

/// y[i, j] += bias[j].
void add_bias(uint64_t rows, uint64_t cols, const float* bias, float* y);
void add_bias(uint64_t rows, uint64_t cols, const double* bias, double* y);

/// y[i, j] ← max(0, y[i, j] + bias[j]).
void add_bias_relu(uint64_t rows, uint64_t cols, const float* bias, float* y);
void add_bias_relu(uint64_t rows, uint64_t cols, const double* bias, double* y);

/// ∂L/∂x of y = max(0, x) in place of ∂L/∂y: nothing passes where y is 0.
void relu_gradient(uint64_t count, const float* y, float* gradient);
void relu_gradient(uint64_t count, const double* y, double* gradient);

/// to[i] += from[i].
void add_to(uint64_t count, const float* from, float* to);
void add_to(uint64_t count, const double* from, double* to);

/// sums[j] ← Σᵢ values[i, j].
void column_sums(uint64_t rows, uint64_t cols, const float* values, float* sums);
void column_sums(uint64_t rows, uint64_t cols, const double* values, double* sums);

}  // namespace spectrap
