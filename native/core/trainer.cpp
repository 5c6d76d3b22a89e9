#include "trainer.h"

#include <algorithm>
#include <utility>

#include "blas.h"
#include "buffer.h"
#include "error.h"
#include "train_mlp.h"

namespace spectrap {
namespace {

/// Examples that are evaluated together, at least.
constexpr uint64_t evaluated_together = 256;

template <class Real>
void narrow(const std::vector<double>& from, Real* to) {
  std::transform(from.begin(), from.end(), to, [](double x) { return static_cast<Real>(x); });
}

template <class Real>
std::unique_ptr<Network<Real>> make_network(const TrainerOptions& options, uint64_t batch) {
  const Blas& blas = Blas::get();
  if (const auto* widths = std::get_if<MlpShape>(&options.network)) {
    return std::make_unique<Mlp<Real>>(blas, *widths, batch);
  }
  return std::make_unique<ModularAddition<Real>>(blas, std::get<ModularAdditionShape>(options.network),
                                                 batch);
}

template <class Real>
class TrainerOf final : public Trainer {
 public:
  TrainerOf(const TrainerOptions& options, const std::vector<double>& inputs, std::vector<uint32_t> labels)
      : optimizer_(options.optimizer),
        batch_(options.batch),
        room_(std::max(options.batch, evaluated_together)),
        network_(make_network<Real>(options, room_)),
        loss_(options.loss, network_->classes()),
        inputs_(inputs.size()),
        labels_(std::move(labels)),
        parameters_(zeros(network_->parameter_count())),
        m_(zeros(network_->parameter_count())),
        v_(zeros(network_->parameter_count())),
        gradient_(network_->parameter_count()),
        batch_inputs_(room_ * network_->input_width()),
        batch_labels_(room_),
        logits_(room_ * network_->classes()),
        logit_gradient_(room_ * network_->classes()) {
    narrow(inputs, inputs_.data());
  }

  uint64_t parameter_count() const override { return network_->parameter_count(); }
  uint64_t input_width() const override { return network_->input_width(); }
  uint64_t classes() const override { return network_->classes(); }

  bool accepts(const std::vector<double>& inputs) const override {
    return network_->accepts(inputs.data(), inputs.size() / input_width());
  }

  std::vector<double> train(const std::vector<uint32_t>& batches, const Stop& stop) override {
    Blas::get().use_one_thread();
    if constexpr (sizeof(Real) == sizeof(float)) Blas::get().fill_packing_buffer();
    std::vector<double> losses(batches.size() / batch_);
    for (uint64_t i = 0; i < losses.size(); ++i) {
      if (stop()) throw Error("ERR_CANCELLED", "training was cancelled");
      losses[i] = gradient_of(batches.data() + i * batch_, batch_);
      step_ += 1;
      adamw_step(optimizer_, step_, parameters_.size(), gradient_.data(), parameters_.data(), m_.data(),
                 v_.data());
    }
    return losses;
  }

  Gradients gradients(const std::vector<uint32_t>& batch) override {
    Blas::get().use_one_thread();
    const double loss = gradient_of(batch.data(), batch.size());
    return {loss, widen(gradient_)};
  }

  Evaluation evaluate(const std::vector<double>& inputs, const std::vector<uint32_t>& labels) override {
    Blas::get().use_one_thread();
    const uint64_t count = labels.size();
    const uint64_t wide = classes();
    Evaluation found{std::vector<double>(count * wide), 0, 0, 0, 0, classifier_mean()};
    LossForensics forensics;
    for_pieces(inputs, [&](uint64_t begin, uint64_t piece) {
      network_->forward(parameters_.data(), batch_inputs_.data(), piece, logits_.data());
      std::copy(logits_.data(), logits_.data() + piece * wide, found.logits.begin() + begin * wide);
      const double scale = 1 / static_cast<double>(count);
      found.loss += loss_(logits_.data(), labels.data() + begin, piece, scale, logit_gradient_.data());
      add_forensics(logits_.data(), logit_gradient_.data(), piece, wide, forensics);
    });
    found.loss /= static_cast<double>(count);
    found.class_sum = forensics.class_sums;  // the gradient is that of a mean: each is divided by the count
    found.zero_share = static_cast<double>(forensics.zeros) / static_cast<double>(count * wide);
    found.largest_logit = forensics.largest_logit;
    return found;
  }

  std::vector<double> forward(const std::vector<double>& parameters,
                              const std::vector<double>& inputs) override {
    Blas::get().use_one_thread();
    Buffer<Real> given(parameters.size());
    narrow(parameters, given.data());
    std::vector<double> logits(inputs.size() / input_width() * classes());
    for_pieces(inputs, [&](uint64_t begin, uint64_t piece) {
      network_->forward(given.data(), batch_inputs_.data(), piece, logits_.data());
      std::copy(logits_.data(), logits_.data() + piece * classes(), logits.begin() + begin * classes());
    });
    return logits;
  }

  TrainerState state() const override { return {step_, widen(parameters_), widen(m_), widen(v_)}; }

  void restore(const TrainerState& state) override {
    step_ = state.step;
    narrow(state.parameters, parameters_.data());
    narrow(state.m, m_.data());
    narrow(state.v, v_.data());
  }

 private:
  static Buffer<Real> zeros(uint64_t count) {
    Buffer<Real> buffer(count);
    std::fill(buffer.data(), buffer.data() + count, Real{0});
    return buffer;
  }

  static std::vector<double> widen(const Buffer<Real>& from) {
    return std::vector<double>(from.data(), from.data() + from.size());
  }

  /// The loss of these examples, and its gradient in gradient_.
  double gradient_of(const uint32_t* indices, uint64_t count) {
    const uint64_t width = input_width();
    for (uint64_t i = 0; i < count; ++i) {
      const Real* from = inputs_.data() + indices[i] * width;
      std::copy(from, from + width, batch_inputs_.data() + i * width);
      batch_labels_[i] = labels_[indices[i]];
    }
    network_->forward(parameters_.data(), batch_inputs_.data(), count, logits_.data());
    const double sum = loss_(logits_.data(), batch_labels_.data(), count, 1 / static_cast<double>(count),
                             logit_gradient_.data());
    network_->backward(parameters_.data(), batch_inputs_.data(), count, logit_gradient_.data(),
                       gradient_.data());
    return sum / static_cast<double>(count);
  }

  /// visit(first, count) with the inputs of so many examples in batch_inputs_.
  template <class Visit>
  void for_pieces(const std::vector<double>& inputs, const Visit& visit) {
    const uint64_t width = input_width();
    const uint64_t count = inputs.size() / width;
    for (uint64_t begin = 0; begin < count; begin += room_) {
      const uint64_t piece = std::min(room_, count - begin);
      std::transform(inputs.begin() + begin * width, inputs.begin() + (begin + piece) * width,
                     batch_inputs_.data(), [](double x) { return static_cast<Real>(x); });
      visit(begin, piece);
    }
  }

  double classifier_mean() const {
    const Real* weights = parameters_.data() + network_->classifier_offset();
    double sum = 0;
    for (uint64_t i = 0; i < network_->classifier_count(); ++i) sum += static_cast<double>(weights[i]);
    return sum / static_cast<double>(network_->classifier_count());
  }

  AdamW optimizer_;
  uint64_t batch_;
  uint64_t room_;  ///< examples the network has room for
  std::unique_ptr<Network<Real>> network_;
  Loss<Real> loss_;
  Buffer<Real> inputs_;
  std::vector<uint32_t> labels_;
  uint64_t step_ = 0;
  Buffer<Real> parameters_, m_, v_, gradient_;
  Buffer<Real> batch_inputs_;
  Buffer<uint32_t> batch_labels_;
  Buffer<Real> logits_, logit_gradient_;
};

}  // namespace

std::unique_ptr<Trainer> make_trainer(const TrainerOptions& options, const std::vector<double>& inputs,
                                      const std::vector<uint32_t>& labels) {
  std::unique_ptr<Trainer> trainer;
  if (options.wide) {
    trainer = std::make_unique<TrainerOf<double>>(options, inputs, labels);
  } else {
    trainer = std::make_unique<TrainerOf<float>>(options, inputs, labels);
  }
  const uint64_t classes = trainer->classes();
  const bool known = std::all_of(labels.begin(), labels.end(), [&](uint32_t c) { return c < classes; });
  if (!known || inputs.size() != labels.size() * trainer->input_width() || !trainer->accepts(inputs)) {
    throw Error("TRAINING_EXAMPLES", "the network cannot read these inputs, or has no class for a label");
  }
  return trainer;
}

}  // namespace spectrap
