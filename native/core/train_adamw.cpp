#include "train_adamw.h"

#include <cmath>

#include "clones.h"
#include "inline.h"

namespace spectrap {
namespace {

/// What is the same for all parameters, computed in float64 and rounded once.
template <class Real>
struct Factors {
  Real keep, beta1, fresh1, beta2, fresh2, rate, root, epsilon;

  Factors(const AdamW& optimizer, uint64_t step)
      : keep(static_cast<Real>(1 - optimizer.learning_rate * optimizer.weight_decay)),
        beta1(static_cast<Real>(optimizer.beta1)),
        fresh1(static_cast<Real>(1 - optimizer.beta1)),
        beta2(static_cast<Real>(optimizer.beta2)),
        fresh2(static_cast<Real>(1 - optimizer.beta2)),
        rate(static_cast<Real>(optimizer.learning_rate / correction(optimizer.beta1, step))),
        root(static_cast<Real>(1 / std::sqrt(correction(optimizer.beta2, step)))),
        epsilon(static_cast<Real>(optimizer.epsilon)) {}

  static double correction(double beta, uint64_t step) {
    return 1 - std::pow(beta, static_cast<double>(step));
  }
};

template <class Real>
SPECTRAP_INLINE void update(const Factors<Real>& f, uint64_t count, const Real* __restrict gradient,
                            Real* __restrict parameters, Real* __restrict m, Real* __restrict v) {
  for (uint64_t i = 0; i < count; ++i) {
    const Real g = gradient[i];
    const Real first = f.beta1 * m[i] + f.fresh1 * g;
    const Real second = f.beta2 * v[i] + f.fresh2 * (g * g);
    m[i] = first;
    v[i] = second;
    parameters[i] = f.keep * parameters[i] - f.rate * first / (std::sqrt(second) * f.root + f.epsilon);
  }
}

SPECTRAP_CLONES void update_all(const Factors<float>& f, uint64_t count, const float* gradient,
                                float* parameters, float* m, float* v) {
  update(f, count, gradient, parameters, m, v);
}
SPECTRAP_CLONES void update_all(const Factors<double>& f, uint64_t count, const double* gradient,
                                double* parameters, double* m, double* v) {
  update(f, count, gradient, parameters, m, v);
}

}  // namespace

void adamw_step(const AdamW& optimizer, uint64_t step, uint64_t count, const float* gradient,
                float* parameters, float* m, float* v) {
  update_all(Factors<float>(optimizer, step), count, gradient, parameters, m, v);
}

void adamw_step(const AdamW& optimizer, uint64_t step, uint64_t count, const double* gradient,
                double* parameters, double* m, double* v) {
  update_all(Factors<double>(optimizer, step), count, gradient, parameters, m, v);
}

}  // namespace spectrap
