#pragma once

#include <cstdint>
#include <vector>

namespace spectrap {

/// How the logits z of an example and its class y give a loss; the loss of a batch is the mean over its
/// examples. Probabilities p = s(z)/Σs(z).
enum class LossKind : uint8_t {
  mean_squared_error,  ///< mean over outputs of (z − one-hot)²
  cross_entropy,       ///< −log p_y with s = exp
  stablemax,           ///< −log p_y with s(x) = x + 1 for x ≥ 0, else 1/(1 − x) (arXiv 2501.04697)
};

struct LossOptions {
  LossKind kind;
  /// Logits become float64 before the loss and its gradient is rounded after it, whatever the network's type.
  bool wide;
  /// From each example's gradient its mean over the classes is subtracted.
  bool zero_sum;
};

/// Of the gradients of a set of examples: how far rounding has eaten into them (arXiv 2605.06152).
struct LossForensics {
  double class_sums = 0;  ///< Σ over examples of |Σ over classes of ∂L/∂z|
  uint64_t zeros = 0;     ///< entries of ∂L/∂z that are exactly 0
  double largest_logit = 0;
};

/// The loss at the end of a network whose numbers are `Real`.
template <class Real>
class Loss {
 public:
  Loss(const LossOptions& options, uint64_t classes);

  /// Σ of the losses of `count` examples, and the gradient of `scale` times it; both matrices count ×
  /// classes. `gradient` may be `logits`.
  double operator()(const Real* logits, const uint32_t* labels, uint64_t count, double scale, Real* gradient);

 private:
  template <class Wide>
  double rows(const Real* logits, const uint32_t* labels, uint64_t count, double scale, Real* gradient,
              std::vector<Wide>& row) const;

  LossOptions options_;
  uint64_t classes_;
  std::vector<Real> row_;
  std::vector<double> wide_row_;
};

extern template class Loss<float>;
extern template class Loss<double>;

/// Adds to `found`; both matrices count × classes.
template <class Real>
void add_forensics(const Real* logits, const Real* gradient, uint64_t count, uint64_t classes,
                   LossForensics& found);

extern template void add_forensics(const float*, const float*, uint64_t, uint64_t, LossForensics&);
extern template void add_forensics(const double*, const double*, uint64_t, uint64_t, LossForensics&);

}  // namespace spectrap
