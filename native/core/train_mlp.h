#pragma once

#include <vector>

#include "blas.h"
#include "buffer.h"
#include "train_dense.h"
#include "train_network.h"

namespace spectrap {

/// Dense layers of these widths (the first is the input's, the last the number of classes) with biases, and
/// ReLU between them. Parameters: W₁ (out × in), b₁, W₂, b₂, …
template <class Real>
class Mlp final : public Network<Real> {
 public:
  Mlp(const Blas& blas, const std::vector<uint64_t>& widths, uint64_t batch);

  uint64_t parameter_count() const override;
  uint64_t input_width() const override { return widths_.front(); }
  uint64_t classes() const override { return widths_.back(); }
  uint64_t classifier_count() const override { return widths_.end()[-2] * widths_.back(); }
  uint64_t classifier_offset() const override { return layers_.back().weight; }
  bool accepts(const double*, uint64_t) const override { return true; }

  void forward(const Real* parameters, const Real* inputs, uint64_t count, Real* logits) override;
  void backward(const Real* parameters, const Real* inputs, uint64_t count, const Real* logit_gradient,
                Real* gradient) override;

  /// The matrix products of forward() and backward() alone, on whatever lies there: the floor of a step.
  void products(const Real* parameters, const Real* inputs, uint64_t count, Real* logits,
                const Real* logit_gradient, Real* gradient);

 private:
  struct Layer {
    uint64_t in;
    uint64_t out;
    uint64_t weight;  ///< where W begins
    uint64_t bias;    ///< where b begins
  };

  static std::vector<Layer> lay_out(const std::vector<uint64_t>& widths);
  static DenseShape shape(const Layer& layer, uint64_t count);

  /// What layer l reads: the inputs, or the activations of the layer before.
  const Real* read_by(uint64_t l, const Real* inputs) const;
  /// ∂L/∂y of a hidden layer; neighbours use different buffers.
  Real* delta(uint64_t l) { return deltas_[l % 2].data(); }

  const Blas& blas_;
  std::vector<uint64_t> widths_;
  std::vector<Layer> layers_;
  std::vector<Buffer<Real>> activations_;  ///< of each hidden layer
  std::vector<Buffer<Real>> deltas_;
};

extern template class Mlp<float>;
extern template class Mlp<double>;

}  // namespace spectrap
