#pragma once

#include <cstdint>

namespace spectrap {

/// A network that is trained: its parameters lie one array behind the other, as its header lists them, and
/// belong to the caller; it owns the activations of one batch. Inputs are row-major, one example a row.
/// Every thread calls Blas::use_one_thread() first.
template <class Real>
class Network {
 public:
  Network() = default;
  virtual ~Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  virtual uint64_t parameter_count() const = 0;
  virtual uint64_t input_width() const = 0;
  virtual uint64_t classes() const = 0;
  /// Entries of the last weight matrix, and where it begins.
  virtual uint64_t classifier_count() const = 0;
  virtual uint64_t classifier_offset() const = 0;

  /// Whether forward() may be called with these numbers.
  virtual bool accepts(const double* inputs, uint64_t count) const = 0;

  /// Logits, count × classes; `count` at most the batch the network was made for.
  virtual void forward(const Real* parameters, const Real* inputs, uint64_t count, Real* logits) = 0;

  /// ∂L/∂parameters from ∂L/∂logits, of the batch that forward() has just seen.
  virtual void backward(const Real* parameters, const Real* inputs, uint64_t count,
                        const Real* logit_gradient, Real* gradient) = 0;
};

}  // namespace spectrap
