#pragma once

#include <cstddef>
#include <cstdint>

#include "matrix.h"
#include "product.h"

namespace spectrap {

namespace simd {
struct GramKernels;
}

/// How a block of W is packed for the products. Columns here are those of the smaller side, depth runs along
/// the longer one, whichever of the two W calls rows. Depth is cut into chunks; in each, a strip of as many
/// columns as one vector has words follows the other, and in a strip one word of each column the next: a
/// vector holds one word of a strip's columns. Missing columns and depth are zero.
struct PackedLayout {
  uint64_t strip;        ///< columns
  uint64_t chunk_depth;  ///< elements
  uint64_t chunk_words;
  uint64_t stride;  ///< words from strip to strip: those of a chunk and one row of what int8 needs besides
  uint64_t chunk_stride;
  uint64_t chunks;  ///< of a block
};

/// `depth`: elements of the longer side that a block has at most.
PackedLayout packed_layout(Product product, uint64_t padded_columns, uint64_t depth,
                           const simd::GramKernels& kernels);

/// A block of codes as a BlockSource hands it out.
struct CodeBlock {
  const std::byte* codes;
  Encoding encoding;
  bool tall;         ///< row-major depth × columns, else columns × depth
  uint64_t columns;  ///< of the matrix
  uint64_t depth;    ///< of this block
};

/// Packs columns [first, first + count) of a block, count a multiple of the strip and at most 96, times
/// `factor`, a power of two. norms[chunk·count + c] becomes the sum of squares, in float64, of what was
/// packed of column c in a chunk, unless `norms` is null. Depends on nothing but its arguments: groups of
/// columns may be packed at the same time.
void pack_columns(const CodeBlock& block, uint64_t first, uint64_t count, double factor, Product product,
                  const PackedLayout& layout, const simd::GramKernels& kernels, std::byte* packed,
                  double* norms);

}  // namespace spectrap
