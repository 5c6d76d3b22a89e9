#include "screen.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <exception>
#include <optional>

#include "block_reader.h"
#include "buffer.h"
#include "decode.h"
#include "isa.h"
#include "mxfp4_sums.h"
#include "stage.h"
#include "tap_moments.h"

namespace spectrap {
namespace {

/// Bytes read at a time: they are still in the second-level cache when they are summed.
constexpr uint64_t read_bytes = uint64_t{1} << 18;
/// Entries of a piece, the unit that is shared out: a hundred reads.
constexpr uint64_t piece_entries = uint64_t{1} << 24;
/// Entries between two looks at what an extreme entry must exceed, so that few are offered in vain.
constexpr uint64_t fresh_limits = uint64_t{1} << 16;
/// Blocks of MXFP4 before the first look.
constexpr uint64_t first_blocks = 64;
/// Blocks of MXFP4 whose extreme entries are gathered together.
constexpr uint64_t looked_at = 64;
/// Extremes are looked for once for each exponent byte: with as many of them as this, block by block.
constexpr int most_scales = 16;
/// Twice the largest E2M1 value.
constexpr double largest_half = 12;
constexpr double halves[16] = {0, 1, 2, 3, 4, 6, 8, 12, -0.0, -1, -2, -3, -4, -6, -8, -12};

/// Half of the scale of a block, 2^(scale − 128).
double half_of(uint8_t scale) { return std::bit_cast<double>((uint64_t{scale} + 1023 - 128) << 52); }

/// Codes the float32 kernels take: BF16 as it is, others decoded.
bool is_bf16(const Matrix& matrix) { return matrix.encoding == Encoding::bf16; }
bool is_mxfp4(const Matrix& matrix) { return matrix.encoding == Encoding::mxfp4; }

uint64_t rows_per_read(const Matrix& matrix) {
  const uint64_t width = std::max(code_width(matrix.encoding), is_bf16(matrix) ? uint64_t{2} : uint64_t{4});
  return std::clamp<uint64_t>(read_bytes / (matrix.cols * width), 1, matrix.rows);
}

uint64_t rows_per_piece(const Matrix& matrix) {
  // A matrix whose columns are strided is gathered from memory, by one reader.
  if (!is_mxfp4(matrix) && matrix.strides.col != 1) return matrix.rows;
  const uint64_t reads = std::max<uint64_t>(piece_entries / (rows_per_read(matrix) * matrix.cols), 1);
  return std::min(reads * rows_per_read(matrix), matrix.rows);
}

/// The code's order (stages.h) from which on a value is ≥ limit.
int32_t order_from(float limit, bool bf16) {
  const auto bits = std::bit_cast<int32_t>(limit);
  if (limit == 0) return -1;  // −0 too
  const int32_t order = bits < 0 ? bits ^ 0x7fffffff : bits;
  if (!bf16) return order;
  return order >= 0 ? static_cast<int32_t>((static_cast<uint32_t>(order) + 0xffff) >> 16) : order >> 16;
}

/// And up to which it is ≤ limit: the mirror image.
int32_t order_up_to(float limit, bool bf16) { return ~order_from(-limit, bf16); }

/// What a piece of a tap comes to; pieces add up in their order.
class Piece {
 public:
  Piece(double shift, uint64_t extremes) : shift_(shift), smallest_(-1, extremes), largest_(1, extremes) {}

  void add_bf16(const uint16_t* codes, uint64_t count, uint64_t position) {
    add_codes(codes, count, position,
              [](uint16_t code) { return std::bit_cast<float>(uint32_t{code} << 16); });
  }
  void add_floats(const float* values, uint64_t count, uint64_t position) {
    add_codes(reinterpret_cast<const uint32_t*>(values), count, position,
              [](uint32_t code) { return std::bit_cast<float>(code); });
  }
  void add_packed(const uint8_t* blocks, const uint8_t* scales, uint64_t count, uint64_t position);

  void merge(const Piece& other);
  MomentSums result(uint64_t count) const;

 private:
  template <class Code, class Widen>
  void add_codes(const Code* codes, uint64_t count, uint64_t position, Widen widen);
  /// A group or less that float32 cannot sum, or that is no whole group.
  template <class Code, class Widen>
  void add_slowly(const Code* codes, uint64_t count, uint64_t position, Widen widen);
  /// Blocks of MXFP4, a run at most.
  void add_run(const uint8_t* blocks, const uint8_t* scales, uint64_t count, uint64_t position);
  void offer_block(const uint8_t* blocks, const uint8_t* scales, uint64_t block, uint64_t position,
                   float high, float low);
  simd::ScreenLimits limits(uint64_t position, bool bf16) const {
    return {order_from(largest_.limit<float>(position), bf16),
            order_up_to(-smallest_.limit<float>(position), bf16)};
  }
  void offer(double value, uint64_t position) {
    if (!std::isfinite(value)) return;
    smallest_.offer(value, position);
    largest_.offer(value, position);
  }

  double shift_;
  uint64_t seen_ = 0;  ///< entries, or blocks of MXFP4
  simd::ScreenSums sums_;
  Mxfp4Sums packed_;
  MomentSums odd_;  ///< of what is not finite
  ExtremeKeeper smallest_;
  ExtremeKeeper largest_;
};

template <class Code, class Widen>
void Piece::add_codes(const Code* codes, uint64_t count, uint64_t position, Widen widen) {
  constexpr bool bf16 = sizeof(Code) == 2;
  const simd::ScreenKernels& kernels = stages().screen;
  uint8_t marks[fresh_limits / simd::screen_group];
  uint32_t found[simd::screen_group];
  uint64_t size = 0;
  for (uint64_t start = 0; start < count; start += size, seen_ += size) {
    // The first entries set a limit for those that follow: begin with few of them.
    size = std::min({std::max(simd::screen_group, std::bit_floor(seen_)), fresh_limits, count - start});
    const uint64_t groups = size / simd::screen_group;
    if (groups == 0) {
      add_slowly(codes + start, size, position + start, widen);
      for (uint64_t i = start; i < start + size; ++i)
        offer(static_cast<double>(widen(codes[i])), position + i);
      continue;
    }
    size = groups * simd::screen_group;
    const simd::ScreenLimits at = limits(position + start, bf16);
    if constexpr (bf16) {
      kernels.sum16(codes + start, groups, static_cast<float>(shift_), at, &sums_, marks);
    } else {
      kernels.sum32(codes + start, groups, static_cast<float>(shift_), at, &sums_, marks);
    }
    for (uint64_t g = 0; g < groups; ++g) {
      const uint64_t first = start + g * simd::screen_group;
      const Code* group = codes + first;
      if ((marks[g] & simd::screen_unsummed) != 0) {
        add_slowly(group, simd::screen_group, position + first, widen);
      }
      if ((marks[g] & simd::screen_extreme) == 0) continue;
      uint64_t extremes = 0;
      if constexpr (bf16) {
        extremes = kernels.find16(group, simd::screen_group, at, found);
      } else {
        extremes = kernels.find32(group, simd::screen_group, at, found);
      }
      for (uint64_t i = 0; i < extremes; ++i) {
        offer(static_cast<double>(widen(group[found[i]])), position + first + found[i]);
      }
    }
  }
}

template <class Code, class Widen>
void Piece::add_slowly(const Code* codes, uint64_t count, uint64_t position, Widen widen) {
  for (uint64_t i = 0; i < count; ++i) {
    const auto w = static_cast<double>(widen(codes[i]));
    if (!std::isfinite(w)) {
      ++(std::isnan(w) ? odd_.nan : odd_.inf);
      odd_.first_non_finite = std::min(odd_.first_non_finite, position + i);
      continue;
    }
    if (w == 0) ++sums_.zeros;
    double power = 1;
    for (double& sum : sums_.power) sum += power *= w - shift_;
  }
}

void Piece::add_packed(const uint8_t* blocks, const uint8_t* scales, uint64_t count, uint64_t position) {
  uint64_t size = 0;
  for (uint64_t start = 0; start < count; start += size, seen_ += size) {
    // The first blocks set a limit for those that follow: begin with few of them.
    size = std::min({std::max(first_blocks, std::bit_floor(seen_)), simd::mxfp4_run, count - start});
    add_run(blocks + start * mxfp4_block_bytes, scales + start, size,
            position + start * mxfp4_block_elements);
  }
}

void Piece::add_run(const uint8_t* blocks, const uint8_t* scales, uint64_t count, uint64_t position) {
  packed_.add(blocks, scales, count);
  const float high = largest_.limit<float>(position);
  const float low = -smallest_.limit<float>(position);
  const auto reaches = [reach = static_cast<double>(std::min(high, -low))](int scale) {
    return largest_half * half_of(static_cast<uint8_t>(scale)) >= reach;
  };
  // Most blocks cannot hold an extreme entry, whatever their codes.
  uint8_t largest_scale = 0;
  for (uint64_t b = 0; b < count; ++b) largest_scale = std::max(largest_scale, scales[b]);
  const int most = largest_scale;
  if (!reaches(most)) return;
  int least = most;
  while (least > 0 && most - least < most_scales && reaches(least - 1)) --least;
  const simd::Mxfp4Kernels& kernels = stages().mxfp4;
  if (kernels.find == nullptr || most - least == most_scales) {
    for (uint64_t b = 0; b < count; ++b) {
      if (reaches(scales[b])) offer_block(blocks, scales, b, position, high, low);
    }
    return;
  }
  uint16_t selected[simd::mxfp4_run];
  uint16_t found[looked_at * mxfp4_block_elements];
  for (int scale = least; scale <= most; ++scale) {
    const auto byte = static_cast<uint8_t>(scale);
    const uint64_t size = kernels.select(scales, count, byte, selected);
    const auto in_halves = [&](float limit) {
      return std::clamp(static_cast<double>(limit) / half_of(byte), -largest_half - 1, largest_half + 1);
    };
    const int from = static_cast<int>(std::ceil(in_halves(high)));
    const int up_to = static_cast<int>(std::floor(in_halves(low)));
    for (uint64_t b = 0; b < size; b += looked_at) {
      const uint64_t extremes =
          kernels.find(blocks, selected + b, std::min(looked_at, size - b), from, up_to, found);
      for (uint64_t i = 0; i < extremes; ++i) {
        const unsigned code = blocks[found[i] / 2] >> (found[i] % 2 * 4) & 15;
        offer(halves[code] * half_of(byte), position + found[i]);
      }
    }
  }
}

void Piece::offer_block(const uint8_t* blocks, const uint8_t* scales, uint64_t block, uint64_t position,
                        float high, float low) {
  uint16_t codes[mxfp4_block_elements];
  float values[mxfp4_block_elements];
  (void)mxfp4_to_bf16(blocks + block * mxfp4_block_bytes, scales + block, 1, codes);
  decode(Encoding::bf16, codes, mxfp4_block_elements, values);
  for (uint64_t i = 0; i < mxfp4_block_elements; ++i) {
    if (!(values[i] >= high || values[i] <= low)) continue;
    offer(static_cast<double>(values[i]), position + block * mxfp4_block_elements + i);
  }
}

void Piece::merge(const Piece& other) {
  for (size_t k = 0; k < 4; ++k) sums_.power[k] += other.sums_.power[k];
  sums_.zeros += other.sums_.zeros;
  packed_.add(other.packed_);
  odd_.nan += other.odd_.nan;
  odd_.inf += other.odd_.inf;
  odd_.first_non_finite = std::min(odd_.first_non_finite, other.odd_.first_non_finite);
  for (const Extreme& extreme : other.smallest_.result()) smallest_.offer(extreme.value, extreme.position);
  for (const Extreme& extreme : other.largest_.result()) largest_.offer(extreme.value, extreme.position);
}

MomentSums Piece::result(uint64_t count) const {
  MomentSums result = odd_;
  result.shift = shift_;
  packed_.add_to(result);
  result.count = count;
  result.zeros += sums_.zeros;
  for (size_t k = 0; k < 4; ++k) result.sums[k] += sums_.power[k];
  const auto finite = static_cast<double>(count - result.nan - result.inf);
  result.sum_squares = result.sums[1] + shift_ * (2 * result.sums[0] + finite * shift_);
  result.smallest = smallest_.result();
  result.largest = largest_.result();
  return result;
}

/// The mean of the first row's finite entries, rounded to float32, where it is more than half their
/// deviation; else 0, which spares a subtraction for every entry and loses no digit.
double choose_shift(BlockReader& reader, const Matrix& matrix, uint64_t tap) {
  const uint64_t count = std::min<uint64_t>(matrix.cols, 4096);
  std::vector<std::byte> codes(count * code_width(matrix.encoding));
  std::vector<float> values(count);
  reader.read(tap, 0, 1, 0, count, codes.data());
  decode(matrix.encoding, codes.data(), count, values.data());
  double sum = 0, squares = 0, finite = 0;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    const auto w = static_cast<double>(value);
    sum += w;
    squares += w * w;
    ++finite;
  }
  if (finite == 0) return 0;
  const double mean = sum / finite;
  const auto shift = static_cast<double>(static_cast<float>(mean));
  return mean * mean > 0.25 * (squares / finite - mean * mean) && std::isfinite(shift) ? shift : 0;
}

void read_piece(BlockReader& reader, const Matrix& matrix, uint64_t tap, uint64_t row0, uint64_t rows,
                Piece& piece) {
  if (is_mxfp4(matrix)) {
    const uint64_t blocks = matrix.cols / mxfp4_block_elements;
    for (uint64_t row = row0; row < row0 + rows;) {
      const auto packed = reader.read_packed(row, row0 + rows - row);
      const bool whole = packed.pitch == blocks;
      for (uint64_t r = 0; r < (whole ? 1 : packed.rows); ++r) {
        piece.add_packed(packed.blocks + r * packed.pitch * mxfp4_block_bytes,
                         packed.scales + r * packed.pitch, whole ? packed.rows * blocks : blocks,
                         (row + r) * matrix.cols);
      }
      row += packed.rows;
    }
    return;
  }
  const uint64_t step = rows_per_read(matrix);
  Buffer<std::byte> codes(step * matrix.cols * code_width(matrix.encoding));
  Buffer<float> values(is_bf16(matrix) ? 0 : step * matrix.cols);
  for (uint64_t row = row0; row < row0 + rows; row += step) {
    const uint64_t count = std::min(step, row0 + rows - row) * matrix.cols;
    reader.read(tap, row, count / matrix.cols, 0, matrix.cols, codes.data());
    if (is_bf16(matrix)) {
      piece.add_bf16(reinterpret_cast<const uint16_t*>(codes.data()), count, row * matrix.cols);
    } else {
      decode(matrix.encoding, codes.data(), count, values.data());
      piece.add_floats(values.data(), count, row * matrix.cols);
    }
  }
}

/// Runs `work` on pieces of rows; the first exception, by piece, is thrown when all have ended.
struct Round {
  const Matrix& matrix;
  const std::atomic<bool>& cancelled;
  uint64_t tap;
  double shift;
  uint64_t extremes;
  BlockReader* shared;  ///< of a single piece
  std::vector<std::optional<Piece>> pieces;
  std::vector<std::exception_ptr> errors;

  static void run(void* context, uint64_t index) {
    auto& round = *static_cast<Round*>(context);
    try {
      check_cancelled(round.cancelled);
      const uint64_t step = rows_per_piece(round.matrix);
      const uint64_t row0 = index * step;
      std::optional<BlockReader> own;
      if (round.shared == nullptr) own.emplace(round.matrix);
      BlockReader& reader = own ? *own : *round.shared;
      Piece& piece = round.pieces[index].emplace(round.shift, round.extremes);
      read_piece(reader, round.matrix, round.tap, row0, std::min(step, round.matrix.rows - row0), piece);
      reader.check_unchanged();
    } catch (...) {
      round.errors[index] = std::current_exception();
    }
  }
};

MomentSums screen_tap(BlockReader& reader, const Matrix& matrix, uint64_t tap, uint64_t extremes,
                      const std::atomic<bool>& cancelled, Team& team) {
  const uint64_t step = rows_per_piece(matrix);
  const uint64_t count = (matrix.rows + step - 1) / step;
  const double shift = is_mxfp4(matrix) ? 0 : choose_shift(reader, matrix, tap);
  Round round{matrix, cancelled, tap, shift, extremes, count == 1 ? &reader : nullptr, {}, {}};
  round.pieces.resize(count);
  round.errors.resize(count);
  team.run(count, &Round::run, &round);
  for (const std::exception_ptr& error : round.errors) {
    if (error) std::rethrow_exception(error);
  }
  Piece& first = *round.pieces.front();
  for (uint64_t i = 1; i < count; ++i) first.merge(*round.pieces[i]);
  return first.result(matrix.count());
}

}  // namespace

uint64_t screen_bytes(const Matrix& matrix, uint64_t extremes, uint64_t threads) {
  if (matrix.encoding == Encoding::f64)
    return BlockReader::resident_bytes(matrix) + tap_moments_bytes(matrix);
  if (matrix.empty()) return 0;
  const uint64_t step = rows_per_read(matrix) * matrix.cols;
  const uint64_t pieces = (matrix.rows + rows_per_piece(matrix) - 1) / rows_per_piece(matrix);
  const uint64_t buffers = Buffer<std::byte>::bytes(step * code_width(matrix.encoding)) +
                           Buffer<float>::bytes(is_bf16(matrix) ? 0 : step) +
                           BlockReader::resident_bytes(matrix);
  return buffers * (std::min(threads, pieces) + 1) +
         pieces * (sizeof(Piece) + 4 * extremes * sizeof(Extreme));
}

std::vector<MomentSums> screen(const Matrix& matrix, uint64_t extremes, const std::atomic<bool>& cancelled,
                               Team& team) {
  check_cancelled(cancelled);
  BlockReader reader(matrix);
  std::vector<MomentSums> taps;
  if (matrix.empty()) return taps;
  StageSeconds seconds;
  for (uint64_t tap = 0; tap < matrix.taps; ++tap) {
    if (matrix.encoding == Encoding::f64) {
      MomentSums& moments = taps.emplace_back(tap_moments(reader, matrix, tap, seconds).moments);
      for (std::vector<Extreme>* end : {&moments.smallest, &moments.largest}) {
        if (end->size() > extremes) end->resize(extremes);
      }
      continue;
    }
    taps.push_back(screen_tap(reader, matrix, tap, extremes, cancelled, team));
    require_finite(taps.back(), matrix);
  }
  reader.check_unchanged();
  return taps;
}

}  // namespace spectrap
