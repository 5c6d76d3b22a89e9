#include "moments.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>

#include "clones.h"

namespace spectrap {
namespace {

/// Elements summed in plain float64 before the sum joins a compensated one: the error of a sum stays that of
/// a sum of 512 terms (4096 in 8 lanes), however large the matrix.
constexpr uint64_t chunk = 4096;
constexpr uint64_t lanes = 8;
/// Elements that are searched together for extremes. In a random matrix few groups hold one.
constexpr uint64_t group = 64;

struct ChunkSums {
  double powers[4] = {};
  double squares = 0;
  uint64_t zeros = 0;
};

double sum_lanes(const double* lane) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/// Element i belongs to lane i mod 8, so that the order of additions is the same for every vector width.
template <class Real>
[[gnu::always_inline]] inline ChunkSums chunk_sums(const Real* values, uint64_t count, double shift) {
  double s1[lanes] = {}, s2[lanes] = {}, s3[lanes] = {}, s4[lanes] = {}, squares[lanes] = {};
  uint64_t zeros = 0;
  const auto add = [&](uint64_t l, Real value) {
    const double w = static_cast<double>(value);
    const double d = w - shift;
    const double d2 = d * d;
    s1[l] += d;
    s2[l] += d2;
    s3[l] += d2 * d;
    s4[l] += d2 * d2;
    squares[l] += w * w;
  };
  uint64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (uint64_t l = 0; l < lanes; ++l) add(l, values[i + l]);
  }
  for (uint64_t l = 0; i + l < count; ++l) add(l, values[i + l]);
  for (uint64_t j = 0; j < count; ++j) zeros += values[j] == 0 ? 1 : 0;
  return {{sum_lanes(s1), sum_lanes(s2), sum_lanes(s3), sum_lanes(s4)}, sum_lanes(squares), zeros};
}

SPECTRAP_CLONES ChunkSums sums_of(const float* values, uint64_t count, double shift) {
  return chunk_sums(values, count, shift);
}
SPECTRAP_CLONES ChunkSums sums_of(const double* values, uint64_t count, double shift) {
  return chunk_sums(values, count, shift);
}

/// Marks the groups that hold a value ≤ low or ≥ high. NaN is neither.
template <class Real>
[[gnu::always_inline]] inline void mark(const Real* values, uint64_t count, Real low, Real high,
                                        uint8_t* marks) {
  for (uint64_t g = 0; g * group < count; ++g) {
    const Real* first = values + g * group;
    const uint64_t size = std::min(group, count - g * group);
    int found = 0;
    for (uint64_t i = 0; i < size; ++i)
      found |= static_cast<int>(first[i] <= low) | static_cast<int>(first[i] >= high);
    marks[g] = found != 0;
  }
}

SPECTRAP_CLONES void mark_groups(const float* values, uint64_t count, float low, float high, uint8_t* marks) {
  mark(values, count, low, high, marks);
}
SPECTRAP_CLONES void mark_groups(const double* values, uint64_t count, double low, double high,
                                 uint8_t* marks) {
  mark(values, count, low, high, marks);
}

template <class Real>
double mean_of(const Real* values, uint64_t count) {
  double sum = 0;
  for (uint64_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]) / static_cast<double>(count);
  return sum;
}

/// Not a function, which sorting would call by its address.
constexpr auto before = [](const Extreme& a, const Extreme& b) {
  return a.value > b.value || (a.value == b.value && a.position < b.position);
};

}  // namespace

void CompensatedSum::add(double term) {
  const double sum = sum_ + term;
  error_ += std::abs(sum_) >= std::abs(term) ? (sum_ - sum) + term : (term - sum) + sum_;
  sum_ = sum;
}

double CompensatedSum::value() const { return std::isfinite(sum_) ? sum_ + error_ : sum_; }

ExtremeKeeper::ExtremeKeeper(double sign, uint64_t count)
    : sign_(sign), count_(count), worst_{-std::numeric_limits<double>::infinity(), 0} {
  kept_.reserve(2 * count);
}

template <class Real>
Real ExtremeKeeper::limit(uint64_t position) const {
  const auto worst = static_cast<Real>(worst_.value);
  // Among equals the lowest position stays: what comes after the worst kept entry must exceed it.
  return position < worst_.position ? worst : std::nextafter(worst, std::numeric_limits<Real>::infinity());
}

template float ExtremeKeeper::limit<float>(uint64_t) const;
template double ExtremeKeeper::limit<double>(uint64_t) const;

void ExtremeKeeper::offer(double value, uint64_t position) {
  const Extreme extreme{sign_ * value, position};
  if (!before(extreme, worst_)) return;
  kept_.push_back(extreme);
  if (kept_.size() == 2 * count_) prune();
}

void ExtremeKeeper::prune() {
  std::nth_element(kept_.begin(), kept_.begin() + static_cast<ptrdiff_t>(count_ - 1), kept_.end(), before);
  kept_.resize(count_);
  worst_ = kept_.back();
}

std::vector<Extreme> ExtremeKeeper::result() const {
  std::vector<Extreme> sorted = kept_;
  std::sort(sorted.begin(), sorted.end(), before);
  if (sorted.size() > count_) sorted.resize(count_);
  for (Extreme& extreme : sorted) extreme.value *= sign_;
  return sorted;
}

Moments::Moments() : smallest_(-1), largest_(1) {}

void Moments::add(const float* values, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols,
                  uint64_t total_cols) {
  add_block(values, row0, rows, col0, cols, total_cols);
}

void Moments::add(const double* values, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols,
                  uint64_t total_cols) {
  add_block(values, row0, rows, col0, cols, total_cols);
}

template <class Real>
void Moments::add_block(const Real* values, uint64_t row0, uint64_t rows, uint64_t col0, uint64_t cols,
                        uint64_t total_cols) {
  // Whole rows follow one another: they are one run of positions.
  const bool whole = cols == total_cols;
  const uint64_t run = whole ? rows * cols : cols;
  for (uint64_t r = 0; r < (whole ? 1 : rows); ++r) {
    const uint64_t position = (row0 + r) * total_cols + col0;
    for (uint64_t i = 0; i < run; i += chunk) {
      add_chunk(values + r * cols + i, std::min(chunk, run - i), position + i);
    }
  }
}

template <class Real>
void Moments::add_chunk(const Real* values, uint64_t count, uint64_t position) {
  counts_.count += count;
  ChunkSums sums = sums_of(values, count, counts_.shift);
  Real finite[chunk];
  const Real* summed = values;
  uint64_t finite_count = count;
  // The square of a float32 is finite in float64, so a sum that is not tells of an entry that is not.
  const bool all_finite = std::isfinite(sums.squares);
  if (!all_finite) {
    finite_count = sort_out_non_finite(values, count, position, finite);
    summed = finite;
  }
  if (!shifted_ && finite_count > 0) {
    // Rounded to the type of the entries, which makes most differences w − shift exact.
    const double mean = static_cast<double>(static_cast<Real>(mean_of(summed, finite_count)));
    counts_.shift = std::isfinite(mean) ? mean : 0;
    shifted_ = true;
    sums = sums_of(summed, finite_count, counts_.shift);
  } else if (!all_finite) {
    sums = sums_of(summed, finite_count, counts_.shift);
  }
  for (size_t k = 0; k < sums_.size(); ++k) sums_[k].add(sums.powers[k]);
  sum_squares_.add(sums.squares);
  counts_.zeros += sums.zeros;
  offer_extremes(values, count, position);
}

/// Counts what is not finite and copies what is.
template <class Real>
uint64_t Moments::sort_out_non_finite(const Real* values, uint64_t count, uint64_t position, Real* finite) {
  uint64_t kept = 0;
  for (uint64_t i = 0; i < count; ++i) {
    if (std::isfinite(values[i])) {
      finite[kept++] = values[i];
      continue;
    }
    ++(std::isnan(values[i]) ? counts_.nan : counts_.inf);
    counts_.first_non_finite = std::min(counts_.first_non_finite, position + i);
  }
  return kept;
}

template <class Real>
void Moments::offer_extremes(const Real* values, uint64_t count, uint64_t position) {
  uint8_t marks[chunk / group];
  mark_groups(values, count, -smallest_.limit<Real>(position), largest_.limit<Real>(position), marks);
  for (uint64_t i = 0; i < count; ++i) {
    if (i % group == 0 && marks[i / group] == 0) {
      i += group - 1;
      continue;
    }
    if (!std::isfinite(values[i])) continue;
    smallest_.offer(static_cast<double>(values[i]), position + i);
    largest_.offer(static_cast<double>(values[i]), position + i);
  }
}

MomentSums Moments::result() const {
  MomentSums result = counts_;
  for (size_t k = 0; k < sums_.size(); ++k) result.sums[k] = sums_[k].value();
  result.sum_squares = sum_squares_.value();
  result.smallest = smallest_.result();
  result.largest = largest_.result();
  return result;
}

}  // namespace spectrap
