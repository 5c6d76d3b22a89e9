#include "packed_gram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "decode.h"
#include "gram_pack.h"

namespace spectrap {
namespace {

/// Packed data that are multiplied at a time: the more, the fewer times the result is read and written.
constexpr uint64_t block_bytes = uint64_t{16} << 20;
/// Codes that are read at a time. Of rows that are whole few, so that they are packed before they leave the
/// caches; of columns many, so that the pieces of rows that are read are long.
constexpr uint64_t read_bytes(bool tall) { return uint64_t{tall ? 3u : 16u} << 20; }
constexpr uint64_t alignment = 64;
constexpr uint64_t int32_limit = uint64_t{1} << 31;

uint64_t aligned(uint64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

bool needs_diagonal(Product product) { return product == Product::bf16 || product == Product::float32; }

/// Where everything stands in the scratch.
struct Plan {
  uint64_t depth;       ///< of a block: a whole number of chunks, or all
  uint64_t read_depth;  ///< of a part of it that is read at a time, likewise
  PackedLayout layout;
  uint64_t codes;     ///< bytes
  uint64_t packed;    ///< bytes
  uint64_t norms;     ///< bytes
  uint64_t diagonal;  ///< bytes

  uint64_t bytes() const { return codes + packed + norms + diagonal; }
};

Plan plan_of(const Matrix& shape, Product product, const simd::GramKernels& kernels) {
  using Shape = Tiles<double>;
  const uint64_t order = shape.smaller();
  const uint64_t padded = Shape::count_of(order) * Shape::side_of(order);
  const uint64_t chunk_depth = kernels.chunk_words * word_depth(product);
  const uint64_t width = code_width(shape.encoding);
  const uint64_t columns = std::max<uint64_t>(padded, 1);  // of an empty matrix none
  const uint64_t chunks = block_bytes / (columns * kernels.chunk_words * word_bytes(product));
  Plan plan{};
  plan.depth = std::min(std::max<uint64_t>(chunks, 1) * chunk_depth, shape.larger());
  const uint64_t read_chunks = read_bytes(shape.tall()) / (columns * chunk_depth * width);
  plan.read_depth = std::min(std::max<uint64_t>(read_chunks, 1) * chunk_depth, plan.depth);
  plan.layout = packed_layout(product, padded, plan.depth, kernels);
  plan.codes = aligned(plan.read_depth * order * width);
  plan.packed = aligned(plan.layout.chunks * plan.layout.chunk_stride * word_bytes(product));
  plan.norms = aligned(plan.layout.chunks * padded * sizeof(double));
  plan.diagonal = aligned(padded * sizeof(double));
  return plan;
}

template <class Real>
struct Work {
  const ProductChoice& choice;
  const simd::GramKernels& kernels;
  const Tiles<Real>& g;
  const PackedLayout& layout;
  CodeBlock read;        ///< the part that is packed
  uint64_t first_chunk;  ///< of that part in the block
  uint64_t depth;        ///< of the block
  double pack_factor;
  double result_factor;
  bool first_block;
  std::byte* packed;
  double* norms;     ///< of each chunk, tile column by tile column; null if nobody asks
  double* diagonal;  ///< null if the products give it
};

/// Packs the columns of tile column `index` and takes their norms.
template <class Real>
void pack_task(void* context, uint64_t index) {
  const auto& work = *static_cast<const Work<Real>*>(context);
  const uint64_t side = work.g.side();
  double* norms = nullptr;
  if (work.norms != nullptr) norms = work.norms + (index * work.layout.chunks + work.first_chunk) * side;
  std::byte* packed =
      work.packed + work.first_chunk * work.layout.chunk_stride * word_bytes(work.choice.product);
  pack_columns(work.read, index * side, side, work.pack_factor, work.choice.product, work.layout,
               work.kernels, packed, norms);
  if (work.diagonal == nullptr || norms == nullptr) return;
  double* diagonal = work.diagonal + index * side;
  if (work.first_block && work.first_chunk == 0) std::fill(diagonal, diagonal + side, 0.0);
  for (uint64_t chunk = 0; chunk * work.layout.chunk_depth < work.read.depth; ++chunk) {
    for (uint64_t c = 0; c < side; ++c) diagonal[c] += norms[chunk * side + c];
  }
}

/// Row and column of a tile from its place in storage.
struct TilePlace {
  uint64_t row, column;
};
TilePlace tile_place(uint64_t index, uint64_t count) {
  uint64_t column = 0;
  while (index >= count - column) index -= count - column++;
  return {column + index, column};
}

/// Words of depth whose products an int32 certainly holds, in the tile (row, column) and one chunk.
template <class Real>
uint64_t safe_words(const Work<Real>& work, const TilePlace& place, uint64_t chunk) {
  if (!is_integer(work.choice.product) || work.norms == nullptr) return work.layout.chunk_words;
  const uint64_t side = work.g.side();
  double largest = 0;
  for (const uint64_t group : {place.row, place.column}) {
    const double* norms = work.norms + (group * work.layout.chunks + chunk) * side;
    largest = std::max(largest, *std::max_element(norms, norms + side));
  }
  if (largest < static_cast<double>(int32_limit)) return work.layout.chunk_words;
  const uint64_t square = uint64_t{work.choice.largest} * work.choice.largest;
  return (int32_limit - 1) / (square * word_depth(work.choice.product));
}

template <class Real>
auto multiply(const simd::GramKernels& kernels, Product product) {
  if constexpr (std::is_same_v<Real, double>) {
    return kernels.multiply64[static_cast<size_t>(product)];
  } else {
    return kernels.multiply32[static_cast<size_t>(product)];
  }
}

/// Adds the products of this block to tile `index`.
template <class Real>
void multiply_task(void* context, uint64_t index) {
  const auto& work = *static_cast<const Work<Real>*>(context);
  const PackedLayout& layout = work.layout;
  const uint64_t side = work.g.side();
  const TilePlace place = tile_place(index, work.g.count());
  const uint64_t word = word_bytes(work.choice.product);
  const uint64_t depth = word_depth(work.choice.product);
  const auto kernel = multiply<Real>(work.kernels, work.choice.product);
  Real* tile = work.g.tile(place.row, place.column);
  if (work.first_block) std::fill(tile, tile + side * side, Real{0});
  for (uint64_t chunk = 0; chunk * layout.chunk_depth < work.depth; ++chunk) {
    const uint64_t left = work.depth - chunk * layout.chunk_depth;
    const uint64_t words = (std::min(left, layout.chunk_depth) + depth - 1) / depth;
    const uint64_t step = safe_words(work, place, chunk);
    const std::byte* base = work.packed + chunk * layout.chunk_stride * word;
    for (uint64_t w = 0; w < words; w += step) {
      const auto strips = [&](uint64_t group) {
        return base + (group * (side / layout.strip) * layout.stride + w * layout.strip) * word;
      };
      kernel({strips(place.row), strips(place.column), std::min(step, words - w), layout.stride, side,
              place.row == place.column, work.result_factor, tile});
    }
  }
}

/// Squares of elements of G below the diagonal.
struct PairSquares {
  double aligned = 0;  ///< sum of those of columns that are nearly parallel
  double largest = 0;
};

/// Adds elements `first` to `end` of a column of G; those count as aligned whose square exceeds limit·norm.
template <class Real>
void add_squares(const Real* entries, const double* norms, uint64_t first, uint64_t end, double limit,
                 PairSquares& squares) {
  constexpr uint64_t lanes = 8;
  double sums[lanes] = {};
  double largest[lanes] = {};
  const auto add = [&](uint64_t i, uint64_t lane) {
    const auto entry = static_cast<double>(entries[i]);
    const double square = entry * entry;
    sums[lane] += square > limit * norms[i] ? square : 0;
    largest[lane] = square > largest[lane] ? square : largest[lane];
  };
  uint64_t i = first;
  for (; i + lanes <= end; i += lanes) {
    for (uint64_t lane = 0; lane < lanes; ++lane) add(i + lane, lane);
  }
  for (; i < end; ++i) add(i, 0);
  squares.aligned +=
      ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
  squares.largest = std::max(squares.largest, *std::max_element(largest, largest + lanes));
}

/// The diagonal tile `index`: what was left out above the diagonal, and the diagonal from the norms, whose
/// place the error of the products takes.
template <class Real>
void finish_task(void* context, uint64_t index) {
  const auto& work = *static_cast<const Work<Real>*>(context);
  const uint64_t side = work.g.side();
  Real* tile = work.g.tile(index, index);
  for (uint64_t j = 0; j < side; ++j) {
    if (work.diagonal != nullptr) {
      double& norm = work.diagonal[index * side + j];
      const auto product = static_cast<double>(tile[j * side + j]);
      tile[j * side + j] = static_cast<Real>(norm);
      norm = std::abs(product - norm);
    }
    for (uint64_t i = j + 1; i < side; ++i) tile[i * side + j] = tile[j * side + i];
  }
}

}  // namespace

uint64_t packed_gram_scratch_bytes(const Matrix& shape, const simd::GramKernels& kernels) {
  uint64_t bytes = 0;
  for (const Product product :
       {Product::int8, Product::int16, Product::bf16, Product::float32, Product::float64}) {
    bytes = std::max(bytes, plan_of(shape, product, kernels).bytes());
  }
  return bytes;
}

template <class Real>
double packed_gram(BlockSource& source, const Matrix& shape, const ProductChoice& choice, double scale,
                   const simd::GramKernels& kernels, const Tiles<Real>& g, std::byte* scratch, Team& team) {
  const uint64_t order = shape.smaller();
  const uint64_t length = shape.larger();
  if (order == 0) return 0;
  if (multiply<Real>(kernels, choice.product) == nullptr)
    throw std::logic_error("no such product in this type");
  const Plan plan = plan_of(shape, choice.product, kernels);
  std::byte* codes = scratch;
  std::byte* packed = codes + plan.codes;
  auto* norms = reinterpret_cast<double*>(packed + plan.packed);
  auto* diagonal = reinterpret_cast<double*>(packed + plan.packed + plan.norms);

  const bool integers = is_integer(choice.product);
  const uint64_t square = uint64_t{choice.largest} * choice.largest;
  const bool may_overflow = integers && square * plan.layout.chunk_depth >= int32_limit;
  const double unit = integers ? choice.unit * scale : 1;
  Work<Real> work{choice,
                  kernels,
                  g,
                  plan.layout,
                  {codes, shape.encoding, shape.tall(), order, 0},
                  0,
                  0,
                  integers ? 1 / choice.unit : scale,
                  unit * unit,
                  true,
                  packed,
                  may_overflow || needs_diagonal(choice.product) ? norms : nullptr,
                  needs_diagonal(choice.product) ? diagonal : nullptr};

  for (uint64_t start = 0; start < length; start += plan.depth) {
    work.depth = std::min(plan.depth, length - start);
    work.first_block = start == 0;
    for (uint64_t done = 0; done < work.depth; done += work.read.depth) {
      work.read.depth = std::min(plan.read_depth, work.depth - done);
      work.first_chunk = done / plan.layout.chunk_depth;
      if (shape.tall()) {
        source.read(start + done, work.read.depth, 0, order, codes);
      } else {
        source.read(0, order, start + done, work.read.depth, codes);
      }
      team.run(g.count(), &pack_task<Real>, &work);
    }
    team.run(g.count() * (g.count() + 1) / 2, &multiply_task<Real>, &work);
  }
  team.run(g.count(), &finish_task<Real>, &work);
  if (work.diagonal == nullptr) return 0;
  double largest = 0;
  for (uint64_t j = 0; j < order; ++j) largest = std::max(largest, static_cast<double>(g.at(j, j)));
  return largest == 0 ? 0 : *std::max_element(diagonal, diagonal + order) / largest;
}

template <class Real>
double sum_rounding(const Tiles<Real>& g, double diagonal_error) {
  constexpr double cosine_squared = 0.5;
  constexpr double pair_error = 0x1p-20;
  const uint64_t n = g.order();
  if (diagonal_error == 0) return 0;
  std::vector<double> diagonal(g.count() * g.side());
  double trace = 0;
  for (uint64_t j = 0; j < n; ++j) {
    diagonal[j] = static_cast<double>(g.at(j, j));
    trace += diagonal[j];
  }
  PairSquares squares;
  for (uint64_t column = 0; column < g.count(); ++column) {
    for (uint64_t row = column; row < g.count(); ++row) {
      const double* of_rows = diagonal.data() + row * g.side();
      const double* of_columns = diagonal.data() + column * g.side();
      for (uint64_t j = 0; j < g.side(); ++j) {
        const uint64_t first = row == column ? j + 1 : 0;
        add_squares(g.tile(row, column) + j * g.side(), of_rows, first, g.side(),
                    cosine_squared * of_columns[j], squares);
      }
    }
  }
  const double largest = *std::max_element(diagonal.begin(), diagonal.end());
  const double lambda_max = std::max(largest, norm_squared(g) / trace);
  const double aligned = diagonal_error * std::sqrt(2 * squares.aligned) / lambda_max;
  const double of_pair = 2 * pair_error * squares.largest / (lambda_max * lambda_max);
  return std::max(aligned, of_pair);
}

template <class Real>
double norm_squared(const Tiles<Real>& g) {
  constexpr uint64_t lanes = 8;
  const uint64_t size = g.side() * g.side();
  double on = 0;
  double below = 0;
  for (uint64_t j = 0; j < g.count(); ++j) {
    for (uint64_t i = j; i < g.count(); ++i) {
      const Real* tile = g.tile(i, j);
      double sums[lanes] = {};
      for (uint64_t k = 0; k < size; k += lanes) {
        for (uint64_t l = 0; l < lanes; ++l) {
          sums[l] += static_cast<double>(tile[k + l]) * static_cast<double>(tile[k + l]);
        }
      }
      (i == j ? on : below) +=
          ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
    }
  }
  return on + 2 * below;
}

template <class Real>
void add(const Tiles<Real>& term, const Tiles<Real>& sum) {
  const uint64_t size = Tiles<Real>::size(sum.order());
  for (uint64_t i = 0; i < size; ++i) sum.data()[i] += term.data()[i];
}

template double packed_gram<double>(BlockSource&, const Matrix&, const ProductChoice&, double,
                                    const simd::GramKernels&, const Tiles<double>&, std::byte*, Team&);
template double packed_gram<float>(BlockSource&, const Matrix&, const ProductChoice&, double,
                                   const simd::GramKernels&, const Tiles<float>&, std::byte*, Team&);
template double sum_rounding<double>(const Tiles<double>&, double);
template double sum_rounding<float>(const Tiles<float>&, double);
template double norm_squared<double>(const Tiles<double>&);
template double norm_squared<float>(const Tiles<float>&);
template void add<double>(const Tiles<double>&, const Tiles<double>&);
template void add<float>(const Tiles<float>&, const Tiles<float>&);

}  // namespace spectrap
