#include "localisation.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "eigenvectors.h"

namespace spectrap {
namespace {

constexpr uint64_t bins = 100;

/// Counts of |v| in equal bins between `low` and `high`, closed on the left, the last one on both sides.
std::array<uint64_t, bins> histogram(const double* v, uint64_t n, double low, double high) {
  std::array<uint64_t, bins> counts{};
  for (uint64_t i = 0; i < n; ++i) {
    const double place = (std::abs(v[i]) - low) / (high - low) * bins;
    ++counts[std::min(static_cast<uint64_t>(place), bins - 1)];
  }
  return counts;
}

double entropy(const double* v, uint64_t n, double low, double high) {
  if (low == high) {  // as numpy.histogram does
    low -= 0.5;
    high += 0.5;
  }
  const double width = (high - low) / bins;
  std::array<double, bins> density{};
  double total = 0;
  const auto counts = histogram(v, n, low, high);
  for (uint64_t k = 0; k < bins; ++k) {
    density[k] = static_cast<double>(counts[k]) / (static_cast<double>(n) * width) + 1e-10;
    total += density[k];
  }
  double sum = 0;
  for (const double d : density) sum -= d / total * std::log(d / total);
  return sum;
}

}  // namespace

Localisation localisation(const double* v, uint64_t n) {
  double low = std::abs(v[0]);
  double high = low;
  double magnitudes = 0;
  double squares = 0;
  double fourths = 0;
  for (uint64_t i = 0; i < n; ++i) {
    const double magnitude = std::abs(v[i]);
    const double square = magnitude * magnitude;
    low = std::min(low, magnitude);
    high = std::max(high, magnitude);
    magnitudes += magnitude;
    squares += square;
    fourths += square * square;
  }
  return {entropy(v, n, low, high), magnitudes / high, fourths / (squares * squares)};
}

EigenvectorLocalisation eigenvector_localisation(const Problem& problem, uint64_t tap, uint64_t top,
                                                 const std::atomic<bool>& cancelled, Team& team) {
  Problem of_left = problem;
  of_left.matrix.left = true;
  EigenPairs pairs = eigen(of_left, tap, top, cancelled, team);
  const uint64_t n = problem.matrix.smaller();
  std::vector<Localisation> vectors(top);
  for (uint64_t i = 0; i < top; ++i) vectors[i] = localisation(pairs.vectors.data() + i * n, n);
  return {std::move(pairs.values), std::move(vectors)};
}

uint64_t eigenvector_localisation_bytes(const Problem& problem, uint64_t top) {
  return eigen_bytes(problem, top) + sizeof(double) * top * problem.matrix.smaller();
}

}  // namespace spectrap
