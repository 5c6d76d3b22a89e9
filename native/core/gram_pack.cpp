#include "gram_pack.h"

#include <algorithm>
#include <type_traits>

#include "decode.h"
#include "simd/stages.h"

namespace spectrap {
namespace {

/// Elements of depth that are decoded at a time: with 96 columns 12 KB of float32, so that they are packed
/// from the first-level cache. Divides every chunk, and every word's depth divides it.
constexpr uint64_t batch = 32;
constexpr uint64_t most_columns = 96;

/// Decodes `count` codes. F64 has no float32 decoding: it is multiplied by `factor` in float64 first, the
/// rest when it is packed.
template <class Value>
void decode_values(Encoding encoding, const std::byte* codes, uint64_t count, double factor, Value* out) {
  if constexpr (std::is_same_v<Value, float>) {
    if (encoding == Encoding::f64) {
      double values[most_columns];
      decode(encoding, codes, count, values);
      std::transform(values, values + count, out, [=](double w) { return static_cast<float>(w * factor); });
      return;
    }
  }
  decode(encoding, codes, count, out);
}

/// Columns [first, first + count) by depth [start, start + depth) of a block, row-major depth × count, zero
/// where the matrix has ended.
template <class Value>
void decode_columns(const CodeBlock& block, uint64_t first, uint64_t count, uint64_t start, uint64_t depth,
                    double factor, Value* values) {
  const uint64_t width = code_width(block.encoding);
  const uint64_t present = std::min(count, block.columns - first);
  if (block.tall) {
    for (uint64_t k = 0; k < depth; ++k) {
      const std::byte* codes = block.codes + ((start + k) * block.columns + first) * width;
      decode_values(block.encoding, codes, present, factor, values + k * count);
    }
  } else {
    alignas(64) Value rows[most_columns * batch];
    for (uint64_t c = 0; c < present; ++c) {
      const std::byte* codes = block.codes + ((first + c) * block.depth + start) * width;
      decode_values(block.encoding, codes, depth, factor, rows + c * batch);
    }
    for (uint64_t k = 0; k < depth; ++k) {
      for (uint64_t c = 0; c < present; ++c) values[k * count + c] = rows[c * batch + k];
    }
  }
  for (uint64_t k = 0; present < count && k < depth; ++k) {
    std::fill(values + k * count + present, values + (k + 1) * count, Value{0});
  }
}

template <class Value>
void pack_values(const CodeBlock& block, uint64_t first, uint64_t count, double factor, Product product,
                 const PackedLayout& layout, const simd::GramKernels& kernels, std::byte* packed,
                 double* norms) {
  const bool narrowed = block.encoding == Encoding::f64 && std::is_same_v<Value, float>;
  const double rest = narrowed ? 1 : factor;
  const uint64_t word_elements = word_depth(product);
  const auto index = static_cast<size_t>(product);
  alignas(64) Value values[batch * most_columns];
  for (uint64_t chunk = 0; chunk * layout.chunk_depth < block.depth; ++chunk) {
    const uint64_t begin = chunk * layout.chunk_depth;
    const uint64_t end = std::min(begin + layout.chunk_depth, block.depth);
    std::byte* strips =
        packed + (chunk * layout.chunk_stride + first / layout.strip * layout.stride) * word_bytes(product);
    double* sums = norms == nullptr ? nullptr : norms + chunk * count;
    if (sums != nullptr) std::fill(sums, sums + count, 0.0);
    for (uint64_t k = begin; k < end; k += batch) {
      const uint64_t depth = std::min(batch, end - k);
      const uint64_t words = (depth + word_elements - 1) / word_elements;
      decode_columns(block, first, count, k, depth, factor, values);
      std::fill(values + depth * count, values + words * word_elements * count, Value{0});
      kernels.pack[index](values, words, count, rest,
                          strips + (k - begin) / word_elements * layout.strip * word_bytes(product),
                          layout.stride);
      if constexpr (std::is_same_v<Value, float>) {
        if (sums != nullptr) kernels.add_squares(values, depth, count, sums);
      }
    }
    if (sums != nullptr) std::transform(sums, sums + count, sums, [=](double s) { return s * rest * rest; });
    if (product == Product::int8) {
      const uint64_t words = (end - begin + word_elements - 1) / word_elements;
      kernels.finish_int8(strips, words, count, layout.stride);
    }
  }
}

}  // namespace

PackedLayout packed_layout(Product product, uint64_t padded_columns, uint64_t depth,
                           const simd::GramKernels& kernels) {
  PackedLayout layout{};
  layout.strip = kernels.vector_bytes / word_bytes(product);
  layout.chunk_words = kernels.chunk_words;
  layout.chunk_depth = layout.chunk_words * word_depth(product);
  layout.stride = (layout.chunk_words + 1) * layout.strip;
  layout.chunk_stride = padded_columns / layout.strip * layout.stride;
  layout.chunks = (depth + layout.chunk_depth - 1) / layout.chunk_depth;
  return layout;
}

void pack_columns(const CodeBlock& block, uint64_t first, uint64_t count, double factor, Product product,
                  const PackedLayout& layout, const simd::GramKernels& kernels, std::byte* packed,
                  double* norms) {
  if (product == Product::float64) {
    pack_values<double>(block, first, count, factor, product, layout, kernels, packed, norms);
  } else {
    pack_values<float>(block, first, count, factor, product, layout, kernels, packed, norms);
  }
}

}  // namespace spectrap
