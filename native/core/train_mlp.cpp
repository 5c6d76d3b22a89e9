#include "train_mlp.h"

#include <algorithm>

#include "train_loops.h"

namespace spectrap {

template <class Real>
Mlp<Real>::Mlp(const Blas& blas, const std::vector<uint64_t>& widths, uint64_t batch)
    : blas_(blas), widths_(widths), layers_(lay_out(widths)) {
  uint64_t widest = 0;
  for (uint64_t l = 0; l + 1 < layers_.size(); ++l) {
    activations_.emplace_back(batch * layers_[l].out);
    widest = std::max(widest, layers_[l].out);
  }
  for (int i = 0; i < 2; ++i) deltas_.emplace_back(batch * widest);
}

template <class Real>
std::vector<typename Mlp<Real>::Layer> Mlp<Real>::lay_out(const std::vector<uint64_t>& widths) {
  std::vector<Layer> layers;
  uint64_t place = 0;
  for (uint64_t l = 0; l + 1 < widths.size(); ++l) {
    const uint64_t bias = place + widths[l] * widths[l + 1];
    layers.push_back({widths[l], widths[l + 1], place, bias});
    place = bias + widths[l + 1];
  }
  return layers;
}

template <class Real>
DenseShape Mlp<Real>::shape(const Layer& layer, uint64_t count) {
  return {static_cast<int>(count), static_cast<int>(layer.in), static_cast<int>(layer.out)};
}

template <class Real>
uint64_t Mlp<Real>::parameter_count() const {
  return layers_.back().bias + layers_.back().out;
}

template <class Real>
const Real* Mlp<Real>::read_by(uint64_t l, const Real* inputs) const {
  return l == 0 ? inputs : activations_[l - 1].data();
}

template <class Real>
void Mlp<Real>::forward(const Real* parameters, const Real* inputs, uint64_t count, Real* logits) {
  for (uint64_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    const bool last = l + 1 == layers_.size();
    Real* y = last ? logits : activations_[l].data();
    dense_forward(blas_, shape(layer, count), read_by(l, inputs), parameters + layer.weight, y);
    if (last) {
      add_bias(count, layer.out, parameters + layer.bias, y);
    } else {
      add_bias_relu(count, layer.out, parameters + layer.bias, y);
    }
  }
}

template <class Real>
void Mlp<Real>::backward(const Real* parameters, const Real* inputs, uint64_t count,
                         const Real* logit_gradient, Real* gradient) {
  const Real* dy = logit_gradient;
  for (uint64_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    const Real* x = read_by(l, inputs);
    dense_weight_gradient(blas_, shape(layer, count), x, dy, gradient + layer.weight);
    column_sums(count, layer.out, dy, gradient + layer.bias);
    if (l == 0) return;
    Real* dx = delta(l);
    dense_input_gradient(blas_, shape(layer, count), dy, parameters + layer.weight, dx);
    relu_gradient(count * layer.in, x, dx);
    dy = dx;
  }
}

template <class Real>
void Mlp<Real>::products(const Real* parameters, const Real* inputs, uint64_t count, Real* logits,
                         const Real* logit_gradient, Real* gradient) {
  for (uint64_t l = 0; l < layers_.size(); ++l) {
    Real* y = l + 1 == layers_.size() ? logits : activations_[l].data();
    dense_forward(blas_, shape(layers_[l], count), read_by(l, inputs), parameters + layers_[l].weight, y);
  }
  const Real* dy = logit_gradient;
  for (uint64_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    dense_weight_gradient(blas_, shape(layer, count), read_by(l, inputs), dy, gradient + layer.weight);
    if (l == 0) return;
    dense_input_gradient(blas_, shape(layer, count), dy, parameters + layer.weight, delta(l));
    dy = delta(l);
  }
}

template class Mlp<float>;
template class Mlp<double>;

}  // namespace spectrap
