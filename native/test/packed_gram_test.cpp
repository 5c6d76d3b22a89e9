#include "../core/packed_gram.h"

#include <doctest/doctest.h>

#include <cstring>

#include "../core/buffer.h"
#include "../core/decode.h"
#include "../core/isa.h"
#include "random_matrix.h"
#include "test_teams.h"

using namespace spectrap;
using namespace spectrap::test;

namespace {

constexpr Product products[] = {Product::int8, Product::int16, Product::bf16, Product::float32,
                                Product::float64};

/// A matrix of codes in memory.
struct Codes {
  Matrix shape;
  std::vector<std::byte> bytes;
};

/// `values`, each of which the encoding holds exactly.
Codes encoded(const std::vector<double>& values, uint64_t rows, uint64_t cols, Encoding encoding) {
  Codes codes;
  codes.shape.rows = rows;
  codes.shape.cols = cols;
  codes.shape.encoding = encoding;
  const uint64_t width = code_width(encoding);
  codes.bytes.resize(values.size() * width);
  std::vector<std::pair<double, uint16_t>> table;  // of the narrow encodings, by decoding all codes
  for (uint32_t code = 0; width <= 2 && code < 1u << 8 * width; ++code) {
    double value = 0;
    decode(encoding, &code, 1, &value);
    if (std::isfinite(value)) table.emplace_back(value, code);
  }
  std::sort(table.begin(), table.end());
  bool held = true;
  for (size_t i = 0; i < values.size(); ++i) {
    std::byte* to = codes.bytes.data() + i * width;
    if (width == 8) std::memcpy(to, &values[i], 8);
    if (width == 4) {
      const auto narrow = static_cast<float>(values[i]);
      std::memcpy(to, &narrow, 4);
    }
    if (width > 2) continue;
    const auto found =
        std::lower_bound(table.begin(), table.end(), std::pair<double, uint16_t>{values[i], 0});
    held = held && found->first == values[i];
    std::memcpy(to, &found->second, width);
  }
  REQUIRE(held);
  return codes;
}

/// Integers of at most `largest`, from a fixed seed.
std::vector<double> random_integers(uint64_t count, int largest, unsigned seed) {
  std::mt19937_64 generator(seed);
  std::uniform_int_distribution<int> draw(-largest, largest);
  std::vector<double> values(count);
  for (double& value : values) value = draw(generator);
  return values;
}

/// The Gram matrix of integers, exactly: row-major, lower triangle.
std::vector<double> integer_gram(const std::vector<double>& w, uint64_t rows, uint64_t cols) {
  const bool tall = rows >= cols;
  const uint64_t m = tall ? cols : rows;
  const uint64_t length = tall ? rows : cols;
  std::vector<int64_t> columns(m * length);
  for (uint64_t i = 0; i < m; ++i) {
    for (uint64_t k = 0; k < length; ++k) {
      columns[i * length + k] = static_cast<int64_t>(w[tall ? k * cols + i : i * cols + k]);
    }
  }
  std::vector<double> g(m * m);
  for (uint64_t i = 0; i < m; ++i) {
    for (uint64_t j = 0; j <= i; ++j) {
      int64_t sum = 0;
      for (uint64_t k = 0; k < length; ++k) sum += columns[i * length + k] * columns[j * length + k];
      g[i * m + j] = static_cast<double>(sum);
    }
  }
  return g;
}

/// A Gram matrix in tiles, over memory that was full of NaN.
template <class Real>
struct TiledGram {
  explicit TiledGram(uint64_t n) : memory(Tiles<Real>::size(n)), tiles(n, memory.data()) {
    std::fill(memory.data(), memory.data() + memory.size(), std::numeric_limits<Real>::quiet_NaN());
  }
  bool same_bits(const TiledGram& other) const {
    return std::memcmp(memory.data(), other.memory.data(), memory.size() * sizeof(Real)) == 0;
  }
  double at(uint64_t i, uint64_t j) const { return static_cast<double>(tiles.at(i, j)); }

  Buffer<Real> memory;
  Tiles<Real> tiles;
};

template <class Real>
TiledGram<Real> gram_of(const Codes& codes, const ProductChoice& choice, double scale,
                        const simd::GramKernels& kernels, Team& team) {
  TiledGram<Real> g(codes.shape.smaller());
  Buffer<std::byte> scratch(packed_gram_scratch_bytes(codes.shape, kernels));
  std::fill(scratch.data(), scratch.data() + scratch.size(), std::byte{0xff});
  CopiedBlocks source(codes.bytes.data(), codes.shape.cols, code_width(codes.shape.encoding));
  packed_gram(source, codes.shape, choice, scale, kernels, g.tiles, scratch.data(), team);
  return g;
}

template <class Real>
TiledGram<Real> gram_of(const Codes& codes, const ProductChoice& choice, double scale,
                        const simd::GramKernels& kernels) {
  TeamOfOne team;
  return gram_of<Real>(codes, choice, scale, kernels, team);
}

/// Elements that are not scale²·expected, or not where the layout of the tiles wants them.
template <class Real>
uint64_t wrong_elements(const TiledGram<Real>& g, const std::vector<double>& expected, double scale = 1) {
  const Tiles<Real>& tiles = g.tiles;
  const uint64_t n = tiles.order();
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < tiles.padded(); ++i) {
    for (uint64_t j = 0; j <= i; ++j) {
      const auto wanted = static_cast<Real>(i < n ? expected[i * n + j] * scale * scale : 0);
      wrong += tiles.at(i, j) == wanted ? 0 : 1;
      if (i / tiles.side() != j / tiles.side()) continue;
      const uint64_t within = i % tiles.side() * tiles.side() + j % tiles.side();
      wrong += tiles.tile(i / tiles.side(), i / tiles.side())[within] == wanted ? 0 : 1;
    }
  }
  return wrong;
}

/// Runs `check(kernels)` for each instruction set of this CPU.
template <class Check>
void for_each_kernels(Check check) {
  for (const simd::Stages* stages : available_stages()) {
    CAPTURE(stages->name);
    check(stages->gram);
  }
}

ProductChoice forced(Product product, uint32_t largest, double unit = 1) {
  return {product, is_integer(product) ? unit : 1, is_integer(product) ? largest : 0, 1};
}

/// Sums of products of these are integers below 2^24 in every chunk, exact in every arithmetic.
constexpr int small = 7;

void check_all_products(uint64_t rows, uint64_t cols, unsigned seed) {
  CAPTURE(rows);
  CAPTURE(cols);
  const auto values = random_integers(rows * cols, small, seed);
  const auto expected = integer_gram(values, rows, cols);
  const Codes codes = encoded(values, rows, cols, Encoding::bf16);
  for_each_kernels([&](const simd::GramKernels& kernels) {
    for (const Product product : products) {
      CAPTURE(static_cast<int>(product));
      CHECK(wrong_elements(gram_of<double>(codes, forced(product, small), 1, kernels), expected) == 0);
      if (product == Product::float64) continue;
      CHECK(wrong_elements(gram_of<float>(codes, forced(product, small), 1, kernels), expected) == 0);
    }
  });
}

/// Random floats of 8 significant bits, of very different size.
std::vector<double> random_bf16(uint64_t count, unsigned seed) {
  auto values = random_matrix<double>(count, 1, seed);
  for (double& value : values) {
    int exponent = 0;
    const double mantissa = std::frexp(value, &exponent);
    value = std::ldexp(std::round(mantissa * 256), exponent - 8);
  }
  return values;
}

/// Largest |G − exact| over ‖wᵢ‖‖wⱼ‖, off the diagonal and on it.
struct Errors {
  double off = 0;
  double on = 0;
};
template <class Real>
Errors errors_of(const TiledGram<Real>& g, const std::vector<double>& exact) {
  const uint64_t n = g.tiles.order();
  Errors errors;
  for (uint64_t i = 0; i < n; ++i) {
    for (uint64_t j = 0; j <= i; ++j) {
      const double norm = std::sqrt(exact[i * n + i] * exact[j * n + j]);
      double& worst = i == j ? errors.on : errors.off;
      worst = std::max(worst, std::abs(g.at(i, j) - exact[i * n + j]) / norm);
    }
  }
  return errors;
}

}  // namespace

TEST_CASE("packed_gram is exact for small integers in every arithmetic, around every block boundary") {
  unsigned seed = 0;
  for (const uint64_t m : {1, 2, 31, 47, 48, 49, 95, 96, 97, 193}) {
    for (const uint64_t length : {1, 2, 3, 31, 33, 95, 97, 191, 193, 383, 385, 389}) {
      if (length < m) continue;
      check_all_products(length, m, ++seed);
      check_all_products(m, length, ++seed);
    }
  }
}

TEST_CASE("packed_gram is exact where tiles are large, and over several blocks of depth") {
  check_all_products(715, 700, 1);
  check_all_products(700, 715, 2);
  // Two blocks of float32, three of float64.
  check_all_products(90001, 24, 3);
  check_all_products(24, 90001, 4);
}

TEST_CASE("packed_gram takes every encoding") {
  const uint64_t rows = 130;
  const uint64_t cols = 50;
  const auto values = random_integers(rows * cols, small, 5);
  for (const auto& [r, c] : {std::pair{rows, cols}, std::pair{cols, rows}}) {
    const auto expected = integer_gram(values, r, c);
    for (const Encoding encoding : {Encoding::f64, Encoding::f32, Encoding::f16, Encoding::bf16,
                                    Encoding::f8_e4m3, Encoding::f8_e5m2, Encoding::mxfp4}) {
      const Codes codes = encoded(values, r, c, encoding);
      for (const Product product : products) {
        CAPTURE(static_cast<int>(encoding));
        CAPTURE(static_cast<int>(product));
        const auto g = gram_of<double>(codes, forced(product, small), 0.125, stages().gram);
        CHECK(wrong_elements(g, expected, 0.125) == 0);
      }
    }
  }
}

TEST_CASE("int8 and int16 are exact up to their largest integers") {
  const uint64_t rows = 389;
  const uint64_t cols = 50;
  for_each_kernels([&](const simd::GramKernels& kernels) {
    const uint64_t depth = kernels.chunk_words * word_depth(Product::int16);
    // The largest integer whose sums over a chunk fit in an int32, and the next.
    const auto safe = static_cast<int>(std::sqrt((0x1p31 - 1) / static_cast<double>(depth)));
    REQUIRE(static_cast<uint64_t>(safe) * static_cast<uint64_t>(safe) * depth < uint64_t{1} << 31);
    REQUIRE(static_cast<uint64_t>(safe + 1) * static_cast<uint64_t>(safe + 1) * depth >= uint64_t{1} << 31);
    const int most = most_int16;
    for (const auto& [product, largest] :
         {std::pair{Product::int8, 127}, std::pair{Product::int16, safe}, std::pair{Product::int16, safe + 1},
          std::pair{Product::int16, most}}) {
      CAPTURE(largest);
      const auto choice = forced(product, static_cast<uint32_t>(largest), 0.25);
      for (const bool constant : {false, true}) {
        std::vector<double> values = random_integers(rows * cols, largest, 6);
        for (uint64_t i = 0; constant && i < values.size(); ++i)
          values[i] = i % cols % 2 == 0 ? largest : -largest;
        const auto expected = integer_gram(values, rows, cols);
        for (double& value : values) value *= 0.25;
        const Codes codes = encoded(values, rows, cols, Encoding::f32);
        CHECK(wrong_elements(gram_of<double>(codes, choice, 0.5, kernels), expected, 0.125) == 0);
      }
      // One large integer leaves the column norms small.
      std::vector<double> lonely = random_integers(rows * cols, small, 7);
      lonely[3 * cols + 7] = largest;
      const auto expected = integer_gram(lonely, rows, cols);
      const Codes codes = encoded(lonely, rows, cols, Encoding::f32);
      CHECK(
          wrong_elements(gram_of<double>(codes, forced(product, static_cast<uint32_t>(largest)), 1, kernels),
                         expected) == 0);
    }
  });
}

TEST_CASE("int16 is exact where only rows that are read later overflow an int32") {
  const uint64_t rows = 20000;
  const uint64_t cols = 50;
  const uint64_t large = 500;
  auto values = random_integers(rows * cols, small, 14);
  for (uint64_t i = values.size() - large * cols; i < values.size(); ++i) {
    // Two columns of another tile overflow with the others, though not by themselves.
    values[i] = i % cols < 48 ? most_int16 : 1000;
  }
  const auto expected = integer_gram(values, rows, cols);
  const Codes codes = encoded(values, rows, cols, Encoding::f32);
  for_each_kernels([&](const simd::GramKernels& kernels) {
    CHECK(wrong_elements(gram_of<double>(codes, forced(Product::int16, most_int16), 1, kernels), expected) ==
          0);
  });
}

TEST_CASE("packed_gram rounds as its arithmetic promises, and the diagonal in float64") {
  const uint64_t rows = 1000;
  const uint64_t cols = 130;
  const auto narrow = random_bf16(rows * cols, 8);
  const auto wide = random_matrix<float>(rows, cols, 9);
  const std::vector<double> wide_values(wide.begin(), wide.end());
  const double eps32 = std::ldexp(1.0, -24);
  const double eps64 = std::ldexp(1.0, -53);
  const auto sums = static_cast<double>(rows);
  for (const auto& [r, c] : {std::pair{rows, cols}, std::pair{cols, rows}}) {
    const auto exact_narrow = naive_gram(narrow, r, c);
    const auto exact_wide = naive_gram(wide_values, r, c);
    const Codes narrow_codes = encoded(narrow, r, c, Encoding::bf16);
    const Codes wide_codes = encoded(wide_values, r, c, Encoding::f32);
    for_each_kernels([&](const simd::GramKernels& kernels) {
      for (const Product product : {Product::bf16, Product::float32}) {
        const Errors errors =
            errors_of(gram_of<double>(narrow_codes, forced(product, 0), 1, kernels), exact_narrow);
        CHECK(errors.off < 2 * eps32);
        CHECK(errors.on < sums * eps64);
        const Errors single =
            errors_of(gram_of<float>(narrow_codes, forced(product, 0), 1, kernels), exact_narrow);
        CHECK(single.off < 4 * eps32);
        CHECK(single.on < 2 * eps32);
      }
      const Errors errors32 =
          errors_of(gram_of<double>(wide_codes, forced(Product::float32, 0), 1, kernels), exact_wide);
      CHECK(errors32.off < 4 * eps32);
      CHECK(errors32.on < sums * eps64);
      const Errors errors64 =
          errors_of(gram_of<double>(wide_codes, forced(Product::float64, 0), 1, kernels), exact_wide);
      CHECK(errors64.off < sums * eps64);
      CHECK(errors64.on < sums * eps64);
    });
  }
}

TEST_CASE("packed_gram gives the same bits whoever runs its tasks") {
  const uint64_t rows = 300;
  const uint64_t cols = 250;
  const auto values = random_matrix<float>(rows, cols, 10);
  const Codes codes = encoded({values.begin(), values.end()}, rows, cols, Encoding::f32);
  TeamOfOne one;
  ReversedTeam reversed;
  TeamOfTwo two;
  for_each_kernels([&](const simd::GramKernels& kernels) {
    for (const Product product : {Product::bf16, Product::float32, Product::float64}) {
      const auto g = gram_of<double>(codes, forced(product, 0), 1, kernels, one);
      CHECK(g.same_bits(gram_of<double>(codes, forced(product, 0), 1, kernels, reversed)));
      CHECK(g.same_bits(gram_of<double>(codes, forced(product, 0), 1, kernels, two)));
    }
    const auto g = gram_of<float>(codes, forced(Product::float32, 0), 1, kernels, one);
    CHECK(g.same_bits(gram_of<float>(codes, forced(Product::float32, 0), 1, kernels, two)));
  });
  CHECK(reversed.most_tasks > 1);
}

TEST_CASE("a power of two in the entries and its inverse as the scale cancel") {
  const uint64_t rows = 70;
  const uint64_t cols = 60;
  const auto values = random_matrix<double>(rows, cols, 11);
  std::vector<double> huge = values;
  for (double& value : huge) value = std::ldexp(value, 600);
  const Codes plain_codes = encoded(values, rows, cols, Encoding::f64);
  const Codes huge_codes = encoded(huge, rows, cols, Encoding::f64);
  const auto& kernels = stages().gram;
  const auto g = gram_of<double>(plain_codes, {}, 1, kernels);
  CHECK(g.same_bits(gram_of<double>(huge_codes, {}, 0x1p-600, kernels)));
  const ProductChoice single = forced(Product::float32, 0);
  const auto f = gram_of<float>(plain_codes, single, 1, kernels);
  CHECK(f.same_bits(gram_of<float>(huge_codes, single, 0x1p-600, kernels)));
}

TEST_CASE("packed_gram of nothing and of zeros") {
  for_each_kernels([&](const simd::GramKernels& kernels) {
    CHECK(gram_of<double>(encoded({}, 5, 0, Encoding::f32), {}, 1, kernels).memory.size() == 0);
    const std::vector<double> zeros(60 * 50);
    for (const Product product : products) {
      const Codes codes = encoded(zeros, 60, 50, Encoding::bf16);
      CHECK(wrong_elements(gram_of<double>(codes, forced(product, 0), 1, kernels),
                           std::vector<double>(2500)) == 0);
    }
  });
}

TEST_CASE(
    "the Gram matrices of two halves add up to that of the whole, bit for bit, where products are exact") {
  const uint64_t rows = 200;
  const uint64_t cols = 90;
  const auto whole = random_integers(rows * cols, 100, 12);
  const auto middle = whole.begin() + 110 * static_cast<int64_t>(cols);
  const ProductChoice choice = forced(Product::int16, 100);
  const auto& kernels = stages().gram;
  const auto sum =
      gram_of<double>(encoded({whole.begin(), middle}, 110, cols, Encoding::f32), choice, 1, kernels);
  const auto half =
      gram_of<double>(encoded({middle, whole.end()}, 90, cols, Encoding::f32), choice, 1, kernels);
  add(half.tiles, sum.tiles);
  CHECK(sum.same_bits(gram_of<double>(encoded(whole, rows, cols, Encoding::f32), choice, 1, kernels)));
}

TEST_CASE("the norm of a matrix in tiles counts what is below the diagonal twice") {
  const uint64_t rows = 120;
  const uint64_t cols = 100;
  const auto values = random_integers(rows * cols, small, 13);
  const auto expected = integer_gram(values, rows, cols);
  double sum = 0;
  for (uint64_t i = 0; i < cols; ++i) {
    for (uint64_t j = 0; j <= i; ++j)
      sum += (i == j ? 1 : 2) * expected[i * cols + j] * expected[i * cols + j];
  }
  const Codes codes = encoded(values, rows, cols, Encoding::f32);
  CHECK(norm_squared(gram_of<double>(codes, forced(Product::int16, small), 1, stages().gram).tiles) == sum);
  CHECK(norm_squared(gram_of<float>(codes, forced(Product::int16, small), 1, stages().gram).tiles) == sum);
}

TEST_CASE(
    "rounding errors line up in columns that are alike, and matter in pairs of columns with a huge entry") {
  const uint64_t rows = 4000;
  const uint64_t cols = 100;
  const auto column = random_bf16(rows, 14);
  const auto noise = random_bf16(rows * cols, 15);
  std::vector<double> alike(rows * cols);
  for (uint64_t i = 0; i < alike.size(); ++i) alike[i] = column[i / cols];
  for_each_kernels([&](const simd::GramKernels& kernels) {
    const auto estimate_of = [&](const std::vector<double>& values) {
      const Codes codes = encoded(values, rows, cols, Encoding::bf16);
      TiledGram<double> g(cols);
      Buffer<std::byte> scratch(packed_gram_scratch_bytes(codes.shape, kernels));
      CopiedBlocks source(codes.bytes.data(), cols, code_width(Encoding::bf16));
      TeamOfOne team;
      const double diagonal_error = packed_gram(source, codes.shape, forced(Product::float32, 0), 1, kernels,
                                                g.tiles, scratch.data(), team);
      CHECK(diagonal_error > 0);
      return std::pair{sum_rounding(g.tiles, diagonal_error), diagonal_error};
    };
    const auto [estimate, error] = estimate_of(alike);
    // All pairs but the diagonal: √(n² − n) of n.
    CHECK(estimate / error == doctest::Approx(std::sqrt(1 - 1.0 / cols)));
    // No pair is parallel or large.
    CHECK(estimate_of(noise).first < 1e-8);
    // Two columns with a huge entry in one row: G_ij is nearly G_jj, the bound of λmax.
    std::vector<double> pair = noise;
    const double huge = 256;
    for (const uint64_t col : {17, 83}) pair[1234 * cols + col] = huge;
    const double ratio = huge * huge / (huge * huge + rows);
    CHECK(estimate_of(pair).first / (0x1p-19 * ratio * ratio) == doctest::Approx(1).epsilon(0.02));
  });
}
