#pragma once

#include "blas.h"

namespace spectrap {

/// A dense layer y = x·Wᵀ of a batch. All arrays are row-major: x batch × in, W out × in, y batch × out.
struct DenseShape {
  int batch;
  int in;
  int out;
};

/// y ← x·Wᵀ.
template <class Real>
void dense_forward(const Blas& blas, const DenseShape& shape, const Real* x, const Real* w, Real* y) {
  blas.gemm(true, false, shape.out, shape.batch, shape.in, w, shape.in, x, shape.in, y, shape.out);
}

/// ∂L/∂W ← (∂L/∂y)ᵀ·x.
template <class Real>
void dense_weight_gradient(const Blas& blas, const DenseShape& shape, const Real* x, const Real* dy,
                           Real* dw) {
  blas.gemm(false, true, shape.in, shape.out, shape.batch, x, shape.in, dy, shape.out, dw, shape.in);
}

/// ∂L/∂x ← ∂L/∂y·W.
template <class Real>
void dense_input_gradient(const Blas& blas, const DenseShape& shape, const Real* dy, const Real* w,
                          Real* dx) {
  blas.gemm(false, false, shape.in, shape.batch, shape.out, w, shape.in, dy, shape.out, dx, shape.in);
}

}  // namespace spectrap
