#include "distance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "buffer.h"
#include "cka.h"
#include "clones.h"
#include "decoded_reader.h"
#include "error.h"
#include "moments.h"
#include "stage.h"

namespace spectrap {
namespace {

/// Pairs whose sums are plain ones, in lanes; they are then added with their rounding errors carried along.
constexpr uint64_t chunk = 4096;
constexpr uint64_t lanes = 8;

struct ChunkSums {
  std::array<double, 6> sums{};
  double largest = 0;
  uint64_t changed = 0;
};

SPECTRAP_CLONES ChunkSums sums_of(const double* a, const double* b, uint64_t count) {
  double sums[6][lanes] = {};
  double largest[lanes] = {};
  uint64_t changed[lanes] = {};
  const auto add = [&](uint64_t i, uint64_t lane) {
    const double d = std::abs(a[i] - b[i]);
    sums[0][lane] += d;
    sums[1][lane] += d * d;
    sums[2][lane] += std::abs(a[i]);
    sums[3][lane] += std::abs(b[i]);
    sums[4][lane] += a[i] * a[i];
    sums[5][lane] += b[i] * b[i];
    largest[lane] = d > largest[lane] ? d : largest[lane];
    changed[lane] += a[i] != b[i] ? 1 : 0;
  };
  uint64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (uint64_t lane = 0; lane < lanes; ++lane) add(i + lane, lane);
  }
  for (; i < count; ++i) add(i, 0);
  ChunkSums result;
  for (uint64_t s = 0; s < 6; ++s) {
    for (uint64_t lane = 0; lane < lanes; ++lane) result.sums[s] += sums[s][lane];
  }
  for (uint64_t lane = 0; lane < lanes; ++lane) {
    result.largest = std::max(result.largest, largest[lane]);
    result.changed += changed[lane];
  }
  return result;
}

Error not_finite(const char* which, uint64_t position, uint64_t cols) {
  return {"NON_FINITE", std::string("the ") + which + " matrix has a NaN or infinite entry at row " +
                            std::to_string(position / cols) + ", column " + std::to_string(position % cols)};
}

/// The sums of a matrix whose pairs come chunk by chunk, in order.
class Accumulator {
 public:
  explicit Accumulator(uint64_t cols) : cols_(cols) {}

  void add(const double* a, const double* b, uint64_t count, uint64_t position) {
    for (uint64_t i = 0; i < count; i += chunk) {
      add_chunk(a + i, b + i, std::min(chunk, count - i), position + i);
    }
  }

  DistanceSums result() const {
    DistanceSums sums = counts_;
    sums.difference = sums_[0].value();
    sums.squares = sums_[1].value();
    sums.first = sums_[2].value();
    sums.second = sums_[3].value();
    sums.first_squares = sums_[4].value();
    sums.second_squares = sums_[5].value();
    const bool fits = std::isfinite(sums.squares) && std::isfinite(sums.first_squares) &&
                      std::isfinite(sums.second_squares);
    if (!fits) throw Error("NON_FINITE", "a squared norm is beyond float64");
    return sums;
  }

 private:
  void add_chunk(const double* a, const double* b, uint64_t count, uint64_t position) {
    const ChunkSums found = sums_of(a, b, count);
    // A sum that is not finite has either an entry that is not, or overflowed; result() tells the latter.
    if (!std::isfinite(found.sums[2])) refuse("first", a, count, position);
    if (!std::isfinite(found.sums[3])) refuse("second", b, count, position);
    for (uint64_t s = 0; s < sums_.size(); ++s) sums_[s].add(found.sums[s]);
    counts_.changed += found.changed;
    if (found.largest > counts_.largest) {
      counts_.largest = found.largest;
      uint64_t i = 0;
      while (std::abs(a[i] - b[i]) != found.largest) ++i;
      counts_.position = position + i;
    }
  }

  void refuse(const char* which, const double* values, uint64_t count, uint64_t position) const {
    const double* bad = std::find_if(values, values + count, [](double w) { return !std::isfinite(w); });
    if (bad != values + count) {
      throw not_finite(which, position + static_cast<uint64_t>(bad - values), cols_);
    }
  }

  uint64_t cols_;
  DistanceSums counts_;
  std::array<CompensatedSum, 6> sums_;
};

}  // namespace

std::vector<TapDistance> distance(const Matrix& first, const Matrix& second, bool cka,
                                  const std::atomic<bool>& cancelled, Team& team) {
  check_cancelled(cancelled);
  DecodedReader a(first);
  DecodedReader b(second);
  std::vector<TapDistance> taps;
  const uint64_t step = piece_elements(first) / std::max<uint64_t>(first.cols, 1);
  for (uint64_t tap = 0; tap < first.taps; ++tap) {
    Accumulator sums(first.cols);
    {
      Buffer<double> of_a(piece_elements(first));
      Buffer<double> of_b(piece_elements(first));
      for (uint64_t row = 0; row < first.rows; row += step) {
        check_cancelled(cancelled);
        const uint64_t rows = std::min(step, first.rows - row);
        a.read(tap, row, rows, 0, first.cols, of_a.data());
        b.read(tap, row, rows, 0, first.cols, of_b.data());
        sums.add(of_a.data(), of_b.data(), rows * first.cols, row * first.cols);
      }
    }
    TapDistance& out = taps.emplace_back();
    out.sums = sums.result();
    if (!cka || out.sums.first_squares == 0 || out.sums.second_squares == 0) continue;
    check_cancelled(cancelled);
    const CkaOperand of_first{a, std::sqrt(out.sums.first_squares)};
    const CkaOperand of_second{b, std::sqrt(out.sums.second_squares)};
    out.cka = linear_cka(of_first, of_second, first.rows, first.cols, tap, team);
  }
  a.check_unchanged();
  b.check_unchanged();
  return taps;
}

uint64_t distance_bytes(const Matrix& first, const Matrix& second, bool cka) {
  const uint64_t pieces = 2 * Buffer<double>::bytes(piece_elements(first));
  return DecodedReader::bytes(first) + DecodedReader::bytes(second) +
         std::max(pieces, cka ? linear_cka_bytes(first.rows, first.cols) : 0);
}

}  // namespace spectrap
