#include "train_loss.h"

#include <algorithm>
#include <cmath>

namespace spectrap {
namespace {

/// Each takes a row of logits, leaves its gradient there, and returns the loss of the example.
template <class Real>
double mean_squared_error(std::vector<Real>& row, uint32_t label, Real scale) {
  const Real classes = static_cast<Real>(row.size());
  Real sum = 0;
  row[label] -= 1;
  for (Real& entry : row) {
    sum += entry * entry;
    entry *= 2 * scale / classes;
  }
  return static_cast<double>(sum / classes);
}

template <class Real>
double cross_entropy(std::vector<Real>& row, uint32_t label, Real scale) {
  const Real largest = *std::max_element(row.begin(), row.end());
  const Real distance = largest - row[label];
  Real sum = 0;
  for (Real& entry : row) {
    entry = std::exp(entry - largest);
    sum += entry;
  }
  for (Real& entry : row) entry /= sum;
  row[label] -= 1;
  for (Real& entry : row) entry *= scale;
  return static_cast<double>(std::log(sum) + distance);
}

/// ∂(−log p_y)/∂z_c = s′(z_c)/Σs − [c = y]·s′(z_y)/s(z_y), where s′ is 1, or s² for negative z.
template <class Real>
double stablemax(std::vector<Real>& row, uint32_t label, Real scale) {
  const auto s = [](Real x) { return x >= 0 ? x + 1 : 1 / (1 - x); };
  const auto slope = [](Real x) { return x >= 0 ? Real{1} : 1 / ((1 - x) * (1 - x)); };
  Real sum = 0;
  for (const Real entry : row) sum += s(entry);
  const Real own = s(row[label]);
  const Real own_slope = slope(row[label]);
  for (Real& entry : row) entry = slope(entry) / sum;
  row[label] -= own_slope / own;
  for (Real& entry : row) entry *= scale;
  return static_cast<double>(std::log(sum) - std::log(own));
}

template <class Real>
double loss_of(LossKind kind, std::vector<Real>& row, uint32_t label, Real scale) {
  switch (kind) {
    case LossKind::cross_entropy:
      return cross_entropy(row, label, scale);
    case LossKind::stablemax:
      return stablemax(row, label, scale);
    default:
      return mean_squared_error(row, label, scale);
  }
}

template <class Real>
void subtract_mean(std::vector<Real>& row) {
  Real sum = 0;
  for (const Real entry : row) sum += entry;
  const Real mean = sum / static_cast<Real>(row.size());
  for (Real& entry : row) entry -= mean;
}

}  // namespace

template <class Real>
Loss<Real>::Loss(const LossOptions& options, uint64_t classes)
    : options_(options), classes_(classes), row_(classes), wide_row_(classes) {}

template <class Real>
double Loss<Real>::operator()(const Real* logits, const uint32_t* labels, uint64_t count, double scale,
                              Real* gradient) {
  return options_.wide ? rows(logits, labels, count, scale, gradient, wide_row_)
                       : rows(logits, labels, count, scale, gradient, row_);
}

template <class Real>
template <class Wide>
double Loss<Real>::rows(const Real* logits, const uint32_t* labels, uint64_t count, double scale,
                        Real* gradient, std::vector<Wide>& row) const {
  double total = 0;
  for (uint64_t i = 0; i < count; ++i) {
    std::copy(logits + i * classes_, logits + (i + 1) * classes_, row.begin());
    total += loss_of(options_.kind, row, labels[i], static_cast<Wide>(scale));
    if (options_.zero_sum) subtract_mean(row);
    std::transform(row.begin(), row.end(), gradient + i * classes_,
                   [](Wide entry) { return static_cast<Real>(entry); });
  }
  return total;
}

template <class Real>
void add_forensics(const Real* logits, const Real* gradient, uint64_t count, uint64_t classes,
                   LossForensics& found) {
  for (uint64_t i = 0; i < count; ++i) {
    double sum = 0;
    for (uint64_t c = i * classes; c < (i + 1) * classes; ++c) {
      sum += static_cast<double>(gradient[c]);
      found.zeros += gradient[c] == 0 ? 1 : 0;
      found.largest_logit = std::max(found.largest_logit, std::abs(static_cast<double>(logits[c])));
    }
    found.class_sums += std::abs(sum);
  }
}

template class Loss<float>;
template class Loss<double>;
template void add_forensics(const float*, const float*, uint64_t, uint64_t, LossForensics&);
template void add_forensics(const double*, const double*, uint64_t, uint64_t, LossForensics&);

}  // namespace spectrap
