#include "train_modular_addition.h"

#include <algorithm>
#include <cmath>

#include "clones.h"
#include "inline.h"
#include "train_loops.h"

namespace spectrap {
namespace {

constexpr uint64_t lanes = 16;

/// Element i belongs to lane i mod 16, so that the order of additions is the same for every vector width.
template <class Real>
SPECTRAP_INLINE Real dot(const Real* a, const Real* b, uint64_t count) {
  Real lane[lanes] = {};
  uint64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (uint64_t l = 0; l < lanes; ++l) lane[l] += a[i + l] * b[i + l];
  }
  for (uint64_t l = 0; i + l < count; ++l) lane[l] += a[i + l] * b[i + l];
  for (uint64_t half = lanes / 2; half > 0; half /= 2) {
    for (uint64_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  }
  return lane[0];
}

/// The attention of one example: its three pairs, and what belongs to each head.
template <class Real>
struct Example {
  uint64_t pair[3];
  Real* attention;  ///< heads × 3
};

template <class Real>
Example<Real> example(const Real* inputs, uint64_t i, uint64_t p, uint64_t heads, Real* attention) {
  return {{static_cast<uint64_t>(inputs[3 * i]), p + static_cast<uint64_t>(inputs[3 * i + 1]), 2 * p},
          attention + i * heads * 3};
}

template <class Real>
void softmax_of_three(Real s0, Real s1, Real s2, Real* weights) {
  const Real largest = std::max(s0, std::max(s1, s2));
  const Real e0 = std::exp(s0 - largest);
  const Real e1 = std::exp(s1 - largest);
  const Real e2 = std::exp(s2 - largest);
  const Real sum = e0 + e1 + e2;
  weights[0] = e0 / sum;
  weights[1] = e1 / sum;
  weights[2] = e2 / sum;
}

/// z ← Σᵢ attentionᵢ·vᵢ, per head.
template <class Real>
SPECTRAP_INLINE void mix(const Example<Real>& at, uint64_t d, uint64_t heads, const Real* v, Real* z) {
  const uint64_t width = d / heads;
  for (uint64_t head = 0; head < heads; ++head) {
    const Real* weights = at.attention + 3 * head;
    const uint64_t begin = head * width;
    const Real* v0 = v + at.pair[0] * d + begin;
    const Real* v1 = v + at.pair[1] * d + begin;
    const Real* v2 = v + at.pair[2] * d + begin;
    for (uint64_t j = 0; j < width; ++j) {
      z[begin + j] = weights[0] * v0[j] + weights[1] * v1[j] + weights[2] * v2[j];
    }
  }
}

/// Adds ∂L/∂v and ∂L/∂score of one example, from ∂L/∂z.
template <class Real>
SPECTRAP_INLINE void unmix(const Example<Real>& at, uint64_t d, uint64_t heads, const Real* v, const Real* dz,
                           Real* dv, Real* dscores) {
  const uint64_t width = d / heads;
  for (uint64_t head = 0; head < heads; ++head) {
    const Real* weights = at.attention + 3 * head;
    const Real* dz_head = dz + head * width;
    Real slope[3];  // ∂L/∂attentionᵢ = ∂L/∂z·vᵢ
    for (uint64_t i = 0; i < 3; ++i) slope[i] = dot(dz_head, v + at.pair[i] * d + head * width, width);
    const Real mean = weights[0] * slope[0] + weights[1] * slope[1] + weights[2] * slope[2];
    for (uint64_t i = 0; i < 3; ++i) {
      const Real weight = weights[i];
      dscores[at.pair[i] * heads + head] += weight * (slope[i] - mean);
      Real* to = dv + at.pair[i] * d + head * width;
      for (uint64_t j = 0; j < width; ++j) to[j] += weight * dz_head[j];
    }
  }
}

SPECTRAP_CLONES void mix_head(const Example<float>& at, uint64_t d, uint64_t heads, const float* v,
                              float* z) {
  mix(at, d, heads, v, z);
}
SPECTRAP_CLONES void mix_head(const Example<double>& at, uint64_t d, uint64_t heads, const double* v,
                              double* z) {
  mix(at, d, heads, v, z);
}

SPECTRAP_CLONES void unmix_head(const Example<float>& at, uint64_t d, uint64_t heads, const float* v,
                                const float* dz, float* dv, float* dscores) {
  unmix(at, d, heads, v, dz, dv, dscores);
}
SPECTRAP_CLONES void unmix_head(const Example<double>& at, uint64_t d, uint64_t heads, const double* v,
                                const double* dz, double* dv, double* dscores) {
  unmix(at, d, heads, v, dz, dv, dscores);
}

}  // namespace

template <class Real>
typename ModularAddition<Real>::Places ModularAddition<Real>::lay_out(const ModularAdditionShape& shape) {
  const uint64_t d = shape.width;
  Places at{};
  at.position = at.embed + (shape.p + 1) * d;
  at.q = at.position + positions * d;
  at.k = at.q + d * d;
  at.v = at.k + d * d;
  at.o = at.v + d * d;
  at.w1 = at.o + d * d;
  at.b1 = at.w1 + shape.mlp * d;
  at.w2 = at.b1 + shape.mlp;
  at.b2 = at.w2 + d * shape.mlp;
  at.unembed = at.b2 + d;
  at.end = at.unembed + (shape.p + 1) * d;
  return at;
}

template <class Real>
DenseShape ModularAddition<Real>::dense(uint64_t batch, uint64_t in, uint64_t out) {
  return {static_cast<int>(batch), static_cast<int>(in), static_cast<int>(out)};
}

template <class Real>
ModularAddition<Real>::ModularAddition(const Blas& blas, const ModularAdditionShape& shape, uint64_t batch)
    : blas_(blas),
      p_(shape.p),
      d_(shape.width),
      heads_(shape.heads),
      mlp_(shape.mlp),
      places_(lay_out(shape)),
      h_(pairs() * d_),
      k_(pairs() * d_),
      v_(pairs() * d_),
      dh_(pairs() * d_),
      dk_(pairs() * d_),
      dv_(pairs() * d_),
      scores_(pairs() * heads_),
      dscores_(pairs() * heads_),
      q_(d_),
      dq_(d_),
      attention_(batch * heads_ * positions),
      z_(batch * d_),
      r_(batch * d_),
      u_(batch * d_),
      hidden_(batch * mlp_),
      du_(batch * d_),
      dr_(batch * d_),
      dz_(batch * d_),
      dhidden_(batch * mlp_) {}

template <class Real>
bool ModularAddition<Real>::accepts(const double* inputs, uint64_t count) const {
  const double p = static_cast<double>(p_);
  const auto number = [p](double token) { return token >= 0 && token < p && token == std::floor(token); };
  for (uint64_t i = 0; i < count; ++i) {
    const double* tokens = inputs + i * positions;
    if (!number(tokens[0]) || !number(tokens[1]) || tokens[2] != p) return false;
  }
  return true;
}

template <class Real>
void ModularAddition<Real>::forward(const Real* parameters, const Real* inputs, uint64_t count,
                                    Real* logits) {
  const Real* h_equals = h_.data() + 2 * p_ * d_;
  embed_pairs(parameters);
  score_pairs();
  attend(inputs, count);
  dense_forward(blas_, dense(count, d_, d_), z_.data(), parameters + places_.o, r_.data());
  add_bias(count, d_, h_equals, r_.data());  // the residual stream: the same for all
  dense_forward(blas_, dense(count, d_, mlp_), r_.data(), parameters + places_.w1, hidden_.data());
  add_bias_relu(count, mlp_, parameters + places_.b1, hidden_.data());
  dense_forward(blas_, dense(count, mlp_, d_), hidden_.data(), parameters + places_.w2, u_.data());
  add_bias(count, d_, parameters + places_.b2, u_.data());
  add_to(count * d_, r_.data(), u_.data());
  dense_forward(blas_, dense(count, d_, p_ + 1), u_.data(), parameters + places_.unembed, logits);
}

template <class Real>
void ModularAddition<Real>::backward(const Real* parameters, const Real* inputs, uint64_t count,
                                     const Real* logit_gradient, Real* gradient) {
  const DenseShape unembed = dense(count, d_, p_ + 1);
  dense_weight_gradient(blas_, unembed, u_.data(), logit_gradient, gradient + places_.unembed);
  dense_input_gradient(blas_, unembed, logit_gradient, parameters + places_.unembed, du_.data());

  const DenseShape down = dense(count, mlp_, d_);
  dense_weight_gradient(blas_, down, hidden_.data(), du_.data(), gradient + places_.w2);
  column_sums(count, d_, du_.data(), gradient + places_.b2);
  dense_input_gradient(blas_, down, du_.data(), parameters + places_.w2, dhidden_.data());
  relu_gradient(count * mlp_, hidden_.data(), dhidden_.data());
  const DenseShape up = dense(count, d_, mlp_);
  dense_weight_gradient(blas_, up, r_.data(), dhidden_.data(), gradient + places_.w1);
  column_sums(count, mlp_, dhidden_.data(), gradient + places_.b1);
  dense_input_gradient(blas_, up, dhidden_.data(), parameters + places_.w1, dr_.data());
  add_to(count * d_, du_.data(), dr_.data());

  const DenseShape out = dense(count, d_, d_);
  dense_weight_gradient(blas_, out, z_.data(), dr_.data(), gradient + places_.o);
  dense_input_gradient(blas_, out, dr_.data(), parameters + places_.o, dz_.data());
  attend_backward(inputs, count);
  score_backward(parameters, gradient);
  // All that is left goes into the stream of "=" before the block: past attention, and as its query.
  Real* dh_equals = dh_.data() + 2 * p_ * d_;
  column_sums(count, d_, dr_.data(), dq_.data());
  add_to(d_, dq_.data(), dh_equals);
  embed_backward(gradient);
}

/// h of every pair, with its keys and values, and the query of "=".
template <class Real>
void ModularAddition<Real>::embed_pairs(const Real* parameters) {
  const Real* embed = parameters + places_.embed;
  const Real* position = parameters + places_.position;
  Real* h = h_.data();
  std::copy(embed, embed + p_ * d_, h);
  std::copy(embed, embed + (p_ + 1) * d_, h + p_ * d_);
  add_bias(p_, d_, position, h);
  add_bias(p_, d_, position + d_, h + p_ * d_);
  add_bias(1, d_, position + 2 * d_, h + 2 * p_ * d_);
  const DenseShape all = dense(pairs(), d_, d_);
  dense_forward(blas_, all, h, parameters + places_.k, k_.data());
  dense_forward(blas_, all, h, parameters + places_.v, v_.data());
  dense_forward(blas_, dense(1, d_, d_), h + 2 * p_ * d_, parameters + places_.q, q_.data());
}

/// q·k / √(d/heads) of every pair and head.
template <class Real>
void ModularAddition<Real>::score_pairs() {
  const uint64_t width = d_ / heads_;
  const Real scale = 1 / std::sqrt(static_cast<Real>(width));
  for (uint64_t pair = 0; pair < pairs(); ++pair) {
    for (uint64_t head = 0; head < heads_; ++head) {
      const uint64_t begin = head * width;
      scores_[pair * heads_ + head] = scale * dot(q_.data() + begin, k_.data() + pair * d_ + begin, width);
    }
  }
}

template <class Real>
void ModularAddition<Real>::attend(const Real* inputs, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) {
    const Example<Real> at = example(inputs, i, p_, heads_, attention_.data());
    for (uint64_t head = 0; head < heads_; ++head) {
      const auto score = [&](int position) { return scores_[at.pair[position] * heads_ + head]; };
      softmax_of_three(score(0), score(1), score(2), at.attention + 3 * head);
    }
    mix_head(at, d_, heads_, v_.data(), z_.data() + i * d_);
  }
}

template <class Real>
void ModularAddition<Real>::attend_backward(const Real* inputs, uint64_t count) {
  std::fill(dv_.data(), dv_.data() + pairs() * d_, Real{0});
  std::fill(dscores_.data(), dscores_.data() + pairs() * heads_, Real{0});
  for (uint64_t i = 0; i < count; ++i) {
    unmix_head(example(inputs, i, p_, heads_, attention_.data()), d_, heads_, v_.data(), dz_.data() + i * d_,
               dv_.data(), dscores_.data());
  }
}

/// From ∂L/∂score and ∂L/∂v to the gradients of Q, K and V, and ∂L/∂h.
template <class Real>
void ModularAddition<Real>::score_backward(const Real* parameters, Real* gradient) {
  const uint64_t width = d_ / heads_;
  const Real scale = 1 / std::sqrt(static_cast<Real>(width));
  std::fill(dq_.data(), dq_.data() + d_, Real{0});
  for (uint64_t pair = 0; pair < pairs(); ++pair) {
    for (uint64_t head = 0; head < heads_; ++head) {
      const Real slope = scale * dscores_[pair * heads_ + head];
      for (uint64_t j = head * width; j < (head + 1) * width; ++j) {
        dk_[pair * d_ + j] = slope * q_[j];
        dq_[j] += slope * k_[pair * d_ + j];
      }
    }
  }
  const Real* h = h_.data();
  const Real* h_equals = h + 2 * p_ * d_;
  Real* dh = dh_.data();
  Real* dh_equals = dh + 2 * p_ * d_;
  const DenseShape all = dense(pairs(), d_, d_);
  const DenseShape one = dense(1, d_, d_);
  dense_weight_gradient(blas_, one, h_equals, dq_.data(), gradient + places_.q);
  dense_weight_gradient(blas_, all, h, dk_.data(), gradient + places_.k);
  dense_weight_gradient(blas_, all, h, dv_.data(), gradient + places_.v);
  // Values and query have been read for the last time in this step: their places serve as scratch.
  dense_input_gradient(blas_, all, dk_.data(), parameters + places_.k, dh);
  dense_input_gradient(blas_, all, dv_.data(), parameters + places_.v, v_.data());
  add_to(pairs() * d_, v_.data(), dh);
  dense_input_gradient(blas_, one, dq_.data(), parameters + places_.q, q_.data());
  add_to(d_, q_.data(), dh_equals);
}

/// A token has one embedding at both positions; a position's vector is in every token's stream there.
template <class Real>
void ModularAddition<Real>::embed_backward(Real* gradient) {
  const Real* dh = dh_.data();
  Real* embed = gradient + places_.embed;
  Real* position = gradient + places_.position;
  std::copy(dh + p_ * d_, dh + pairs() * d_, embed);
  add_to(p_ * d_, dh, embed);
  column_sums(p_, d_, dh, position);
  column_sums(p_, d_, dh + p_ * d_, position + d_);
  std::copy(dh + 2 * p_ * d_, dh + pairs() * d_, position + 2 * d_);
}

template class ModularAddition<float>;
template class ModularAddition<double>;

}  // namespace spectrap
