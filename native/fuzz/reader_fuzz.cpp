// Fuzz target of everything that reads bytes of a checkpoint in native code: BlockReader, the decoders, the
// moments and the shuffle. A case must end in the answer of slow.h or in the error that is due, and never in
// anything else; the sanitizers watch what is touched on the way.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "../core/block_reader.h"
#include "../core/decode.h"
#include "../core/error.h"
#include "../core/moments.h"
#include "../core/shuffle.h"
#include "fuzz_case.h"
#include "slow.h"

namespace spectrap::fuzz {
namespace {

/// Ends the process, as a sanitizer would.
void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// The error that opening must give; empty if none.
std::string due_error(const FuzzCase& drawn) {
  const Matrix& matrix = drawn.matrix;
  if (matrix.memory != nullptr) return {};
  if (!matrix.empty() && !lies_inside(matrix)) return "CK_RANGE";
  if (!drawn.path_exists) return "CK_NOT_FOUND";
  return drawn.unchanged ? "" : "CK_FILE_CHANGED";
}

template <class Act>
void require_error(const std::string& code, Act act) {
  try {
    act();
  } catch (const Error& error) {
    require(error.code() == code, "the error that is due");
    return;
  }
  require(code.empty(), "an error is due");
}

/// Compares bits; any NaN is as good as another.
template <class Real>
bool same(Real a, Real b) {
  using Bits = std::conditional_t<sizeof(Real) == 8, uint64_t, uint32_t>;
  return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b) || (std::isnan(a) && std::isnan(b));
}

/// The codes of a block, whose memory is exactly as large as they are; empty when an error was due and came.
std::vector<std::byte> read_block(BlockReader& reader, const FuzzCase& drawn, const Block& block) {
  const Matrix& matrix = drawn.matrix;
  std::vector<std::byte> codes(block.rows * block.cols * code_width(matrix.encoding));
  const auto bad =
      matrix.encoding == Encoding::mxfp4 ? first_bad_block(drawn, block) : std::optional<BadBlock>{};
  try {
    reader.read(block.tap, block.row0, block.rows, block.col0, block.cols, codes.data());
  } catch (const Error& error) {
    require(bad && error.code() == bad->code, "the error of the first bad block");
    require(std::string(error.what()).find(bad->place) != std::string::npos, "its place");
    return {};
  }
  require(!bad, "a bad block is told");
  return codes;
}

/// The elements of a block, in both precisions (F64 has one), against slow.h.
void check_values(const FuzzCase& drawn, const Block& block, const std::vector<std::byte>& codes) {
  const Encoding encoding = drawn.matrix.encoding;
  const uint64_t count = block.rows * block.cols;
  std::vector<double> wide(count);
  std::vector<float> narrow(encoding == Encoding::f64 ? 0 : count);
  decode(encoding, codes.data(), count, wide.data());
  if (!narrow.empty()) decode(encoding, codes.data(), count, narrow.data());
  for (uint64_t i = 0; i < count; ++i) {
    const double expected =
        element(drawn, block.tap, block.row0 + i / block.cols, block.col0 + i % block.cols);
    require(same(wide[i], expected), "an element");
    require(narrow.empty() || same(narrow[i], static_cast<float>(expected)), "an element in float32");
  }
}

/// Returns the codes, like read_block.
std::vector<std::byte> check_block(BlockReader& reader, const FuzzCase& drawn, const Block& block) {
  const Matrix& matrix = drawn.matrix;
  const uint64_t width = code_width(matrix.encoding);
  std::vector<std::byte> codes = read_block(reader, drawn, block);
  if (codes.empty()) return codes;
  for (uint64_t i = 0; matrix.encoding != Encoding::mxfp4 && i < block.rows * block.cols; ++i) {
    const uint8_t* expected =
        stored(drawn, block.tap, block.row0 + i / block.cols, block.col0 + i % block.cols);
    require(std::memcmp(codes.data() + i * width, expected, width) == 0, "a code stands in its place");
  }
  check_values(drawn, block, codes);
  return codes;
}

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

/// Moments and shuffle of a whole tap.
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

/// A file that becomes shorter is noticed, and reading behind its end is an error.
void check_cut(BlockReader& reader, const FuzzCase& drawn, const Files& files) {
  const Matrix& matrix = drawn.matrix;
  if (drawn.cut == 0 || drawn.cut > drawn.content.size() || matrix.memory != nullptr) return;
  const uint64_t left = drawn.content.size() - drawn.cut;
  files.elements.cut(left);
  require_error("CK_FILE_CHANGED", [&] { reader.check_unchanged(); });
  if (matrix.encoding == Encoding::mxfp4 || matrix.strides.col != 1) return;
  const Block last{matrix.taps - 1, matrix.rows - 1, 1, matrix.cols - 1, 1};
  const uint64_t width = code_width(matrix.encoding);
  const auto end =
      static_cast<uint64_t>(stored(drawn, last.tap, last.row0, last.col0) + width - drawn.content.data());
  require_error(end > left ? "ST_DATA_TRUNCATED" : "", [&] {
    std::vector<std::byte> code(width);
    reader.read(last.tap, last.row0, 1, last.col0, 1, code.data());
  });
}

void run(const FuzzCase& drawn, const Files& files) {
  const Matrix& matrix = drawn.matrix;
  const std::string due = due_error(drawn);
  if (!due.empty()) {
    require_error(due, [&] { BlockReader reader(matrix); });
    return;
  }
  BlockReader reader(matrix);
  reader.check_unchanged();
  if (matrix.empty()) return;
  for (size_t i = 0; i < drawn.blocks.size(); ++i) check_block(reader, drawn, drawn.block(i));
  if (matrix.count() <= most_checked) {
    const auto codes = check_block(reader, drawn, {matrix.taps - 1, 0, matrix.rows, 0, matrix.cols});
    if (!codes.empty()) check_computation(codes, drawn);
  }
  check_cut(reader, drawn, files);
}

}  // namespace
}  // namespace spectrap::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spectrap::fuzz;
  static const Files files;
  run(draw_case(FuzzInput(data, size), files), files);
  return 0;
}
