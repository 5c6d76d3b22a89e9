#pragma once

#include "blas.h"
#include "buffer.h"
#include "train_dense.h"
#include "train_network.h"

namespace spectrap {

/// Sizes of the transformer that adds x and y modulo p: width d, `heads` of d/heads each, `mlp` hidden units.
struct ModularAdditionShape {
  uint64_t p;
  uint64_t width;
  uint64_t heads;
  uint64_t mlp;
};

/// One block without layer norm on the tokens [x, y, =], "=" being token p, of which the last position is
/// read:
///   h_i = embed[token_i] + position_i;   z = softmax over i of (q·k_i / √(d/heads)), applied to v_i, per
///   head; r = h_= + O·z;   u = r + W₂·relu(W₁·r + b₁) + b₂;   logits = U·u  (p + 1 of them).
/// Parameters, in this order: embed (p + 1) × d, position 3 × d, Q, K, V, O (d × d each, heads stacked along
/// the outputs of Q, K, V and the inputs of O), W₁ mlp × d, b₁, W₂ d × mlp, b₂, U (p + 1) × d.
///
/// Keys and values depend on token and position alone, so they are computed for the 2p + 1 such pairs, and
/// there is one query: a step at p = 113 costs 3.7 instead of 13.6 GFLOP, and gives the same numbers.
template <class Real>
class ModularAddition final : public Network<Real> {
 public:
  ModularAddition(const Blas& blas, const ModularAdditionShape& shape, uint64_t batch);

  uint64_t parameter_count() const override { return places_.end; }
  uint64_t input_width() const override { return positions; }
  uint64_t classes() const override { return p_ + 1; }
  uint64_t classifier_count() const override { return (p_ + 1) * d_; }
  uint64_t classifier_offset() const override { return places_.unembed; }
  bool accepts(const double* inputs, uint64_t count) const override;

  void forward(const Real* parameters, const Real* inputs, uint64_t count, Real* logits) override;
  void backward(const Real* parameters, const Real* inputs, uint64_t count, const Real* logit_gradient,
                Real* gradient) override;

 private:
  static constexpr uint64_t positions = 3;

  /// Where each parameter begins.
  struct Places {
    uint64_t embed, position, q, k, v, o, w1, b1, w2, b2, unembed, end;
  };

  static Places lay_out(const ModularAdditionShape& shape);
  static DenseShape dense(uint64_t batch, uint64_t in, uint64_t out);

  uint64_t pairs() const { return 2 * p_ + 1; }
  void embed_pairs(const Real* parameters);
  void score_pairs();
  void attend(const Real* inputs, uint64_t count);
  void attend_backward(const Real* inputs, uint64_t count);
  void score_backward(const Real* parameters, Real* gradient);
  void embed_backward(Real* gradient);

  const Blas& blas_;
  uint64_t p_, d_, heads_, mlp_;
  Places places_;

  // Of the (token, position) pairs: x at position 0, y at position 1, then "=" at position 2.
  Buffer<Real> h_, k_, v_, dh_, dk_, dv_;  ///< pairs × d
  Buffer<Real> scores_, dscores_;          ///< pairs × heads
  Buffer<Real> q_, dq_;                    ///< d, of "="
  // Of the examples.
  Buffer<Real> attention_;     ///< batch × heads × 3
  Buffer<Real> z_, r_, u_;     ///< batch × d
  Buffer<Real> hidden_;        ///< batch × mlp
  Buffer<Real> du_, dr_, dz_;  ///< batch × d
  Buffer<Real> dhidden_;       ///< batch × mlp
};

extern template class ModularAddition<float>;
extern template class ModularAddition<double>;

}  // namespace spectrap
