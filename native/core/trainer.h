#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "train_adamw.h"
#include "train_loss.h"
#include "train_modular_addition.h"

namespace spectrap {

/// Widths of a multilayer perceptron, from the input to the classes.
using MlpShape = std::vector<uint64_t>;

struct TrainerOptions {
  std::variant<MlpShape, ModularAdditionShape> network;
  bool wide;  ///< parameters, activations and gradients are float64, else float32
  AdamW optimizer;
  LossOptions loss;
  uint64_t batch;  ///< examples of a step
};

/// All that a run is: the same state and the same batches give the same bits from here on. float32 numbers
/// are exact in float64.
struct TrainerState {
  uint64_t step;  ///< steps done
  std::vector<double> parameters, m, v;
};

/// What a network makes of a set of examples.
struct Evaluation {
  std::vector<double> logits;  ///< count × classes
  double loss;                 ///< mean over the examples
  /// Of the gradient of that loss: mean over the examples of |Σ over classes of ∂(own loss)/∂logit|, and the
  /// share of entries that are exactly 0.
  double class_sum;
  double zero_share;
  double largest_logit;    ///< by magnitude
  double classifier_mean;  ///< of the last weight matrix
};

struct Gradients {
  double loss;
  std::vector<double> values;
};

/// Trains one network on one set of examples, on the calling thread. Needs a BLAS; nothing is allocated
/// inside a step. Every method may be called from another thread than the last, one at a time; parameters lie
/// one behind the other in the order of the network's header.
class Trainer {
 public:
  using Stop = std::function<bool()>;

  Trainer() = default;
  virtual ~Trainer() = default;
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Bad sizes, indices and tokens are the caller's mistakes, found by these before the methods below are
  /// called.
  virtual uint64_t parameter_count() const = 0;
  virtual uint64_t input_width() const = 0;
  virtual uint64_t classes() const = 0;
  virtual bool accepts(const std::vector<double>& inputs) const = 0;

  /// Steps of `batch` examples each, named by their numbers; the loss before each step. Between two steps it
  /// asks whether to stop: then it throws ERR_CANCELLED, and the state is that of the steps done.
  virtual std::vector<double> train(const std::vector<uint32_t>& batches, const Stop& stop) = 0;

  /// Gradient of the loss of a batch at the present parameters, as a step would follow it.
  virtual Gradients gradients(const std::vector<uint32_t>& batch) = 0;

  virtual Evaluation evaluate(const std::vector<double>& inputs, const std::vector<uint32_t>& labels) = 0;

  /// Logits, count × classes, of the network with other parameters.
  virtual std::vector<double> forward(const std::vector<double>& parameters,
                                      const std::vector<double>& inputs) = 0;

  virtual TrainerState state() const = 0;
  virtual void restore(const TrainerState& state) = 0;
};

/// Begins at step 0 with parameters, m and v of 0. Throws BLAS_NOT_FOUND, and TRAINING_EXAMPLES if the
/// network cannot read the inputs or a label is no class of it.
std::unique_ptr<Trainer> make_trainer(const TrainerOptions& options, const std::vector<double>& inputs,
                                      const std::vector<uint32_t>& labels);

}  // namespace spectrap
