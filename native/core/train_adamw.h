#pragma once

#include <cstdint>

namespace spectrap {

struct AdamW {
  double learning_rate;
  double beta1;
  double beta2;
  double epsilon;
  double weight_decay;
};

/// Step number `step` (the first is 1) of AdamW with decoupled decay of every parameter, as
/// torch.optim.AdamW:
///   p ← p·(1 − lr·wd);  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;
///   p ← p − lr·m̂ / (√v̂ + ε)  with  m̂ = m/(1 − β₁ᵗ),  v̂ = v/(1 − β₂ᵗ).
/// Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019; Kingma and Ba, 2015.
void adamw_step(const AdamW& optimizer, uint64_t step, uint64_t count, const float* gradient,
                float* parameters, float* m, float* v);
void adamw_step(const AdamW& optimizer, uint64_t step, uint64_t count, const double* gradient,
                double* parameters, double* m, double* v);

}  // namespace spectrap
