#include "computation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "../core/decode.h"
#include "../core/moments.h"
#include "../core/shuffle.h"
#include "require.h"

namespace spectrap::fuzz {
namespace {

/// The most extreme entries, found by sorting all of them.
std::vector<Extreme> sorted_extremes(std::vector<Extreme> entries, double sign) {
  std::sort(entries.begin(), entries.end(), [sign](const Extreme& a, const Extreme& b) {
    return a.value != b.value ? sign * a.value > sign * b.value : a.position < b.position;
  });
  if (entries.size() > extreme_count) entries.resize(extreme_count);
  return entries;
}

void check_extremes(const std::vector<Extreme>& found, const std::vector<Extreme>& expected) {
  require(std::equal(found.begin(), found.end(), expected.begin(), expected.end(),
                     [](const Extreme& a, const Extreme& b) {
                       return a.value == b.value && a.position == b.position;
                     }),
          "the extremes");
}

void check_sums(const MomentSums& moments, const std::vector<Extreme>& entries) {
  std::array<long double, 4> sums{};
  std::array<long double, 4> sizes{};
  for (const Extreme& entry : entries) {
    long double power = 1;
    for (size_t k = 0; k < sums.size(); ++k) {
      power *= static_cast<long double>(entry.value) - moments.shift;
      sums[k] += power;
      sizes[k] += std::abs(power);
    }
  }
  for (size_t k = 0; k < sums.size(); ++k) {
    // Sums that leave float64 on the way are reported as what they became.
    if (!std::isfinite(moments.sums[k]) || sizes[k] > std::numeric_limits<double>::max()) continue;
    const long double off = std::abs(moments.sums[k] - sums[k]);
    require(off <= 1e-12L * sizes[k] + 1e-290L, "a sum of powers");
  }
}

/// Moments of the rows × cols matrix `values`, whole and from blocks that arrive in another order.
template <class Real>
void check_moments(const std::vector<Real>& values, uint64_t rows, uint64_t cols, const FuzzCase& drawn) {
  Moments whole;
  whole.add(values.data(), 0, rows, 0, cols, cols);
  std::vector<Extreme> entries;
  MomentSums expected;
  for (uint64_t i = 0; i < values.size(); ++i) {
    expected.zeros += values[i] == 0 ? 1 : 0;
    expected.nan += std::isnan(values[i]) ? 1 : 0;
    expected.inf += std::isinf(values[i]) ? 1 : 0;
    if (std::isfinite(values[i]))
      entries.push_back({static_cast<double>(values[i]), i});
    else
      expected.first_non_finite = std::min(expected.first_non_finite, i);
  }

  Moments pieces;
  const uint64_t split = drawn.piece % cols;
  for (const bool right : {true, false}) {
    const uint64_t col0 = right ? split : 0;
    const uint64_t width = right ? cols - split : split;
    std::vector<Real> part;
    for (uint64_t r = 0; r < rows; ++r) {
      const auto row = values.begin() + static_cast<std::ptrdiff_t>(r * cols + col0);
      part.insert(part.end(), row, row + static_cast<std::ptrdiff_t>(width));
    }
    if (!part.empty()) pieces.add(part.data(), 0, rows, col0, width, cols);
  }

  const auto smallest = sorted_extremes(entries, -1);
  const auto largest = sorted_extremes(entries, 1);
  for (const MomentSums& found : {whole.result(), pieces.result()}) {
    require(found.count == values.size() && found.zeros == expected.zeros, "counts");
    require(found.nan == expected.nan && found.inf == expected.inf, "counts of what is not finite");
    require(found.first_non_finite == expected.first_non_finite, "the first that is not finite");
    check_sums(found, entries);
    check_extremes(found.smallest, smallest);
    check_extremes(found.largest, largest);
  }
}

/// A shuffle keeps the codes, does not care how they arrive, and can be looked up backwards.
void check_shuffle(const std::vector<std::byte>& codes, uint64_t width, const FuzzCase& drawn) {
  const uint64_t count = codes.size() / width;
  std::vector<std::byte> shuffled(codes.size());
  BucketShuffle shuffle(drawn.key, count, width, shuffled.data(), drawn.bucket_target);
  const uint64_t piece = std::clamp(drawn.piece, count / 32 + 1, count);
  for (uint64_t i = 0; i < count; i += piece)
    shuffle.append(codes.data() + i * width, std::min(piece, count - i));
  TeamOfOne alone;
  shuffle.finish(alone);

  std::vector<std::byte> at_once(codes.size());
  BucketShuffle whole(drawn.key, count, width, at_once.data(), drawn.bucket_target);
  whole.append(codes.data(), count);
  whole.finish(alone);
  require(shuffled == at_once, "pieces do not change a shuffle");

  const auto sorted = [width](const std::vector<std::byte>& from) {
    std::vector<uint64_t> numbers(from.size() / width);
    for (uint64_t i = 0; i < numbers.size(); ++i) std::memcpy(&numbers[i], from.data() + i * width, width);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  };
  require(sorted(shuffled) == sorted(codes), "a shuffle keeps the codes");

  const uint64_t position = drawn.piece % count;
  const uint64_t origin = original_position(drawn.key, count, position, drawn.bucket_target);
  require(origin < count, "an original position");
  require(std::memcmp(shuffled.data() + position * width, codes.data() + origin * width, width) == 0,
          "the code that stood there");
}

}  // namespace

void check_computation(const std::vector<std::byte>& codes, const FuzzCase& drawn) {
  const Matrix& matrix = drawn.matrix;
  const auto check = [&]<class Real>(std::vector<Real> values) {
    decode(matrix.encoding, codes.data(), matrix.count(), values.data());
    check_moments(values, matrix.rows, matrix.cols, drawn);
  };
  if (matrix.encoding == Encoding::f64)
    check(std::vector<double>(matrix.count()));
  else
    check(std::vector<float>(matrix.count()));
  check_shuffle(codes, code_width(matrix.encoding), drawn);
}

}  // namespace spectrap::fuzz
