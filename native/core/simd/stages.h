#pragma once

#include <cstdint>

#include "../product.h"
#include "../team.h"
#include "../tiles.h"

namespace spectrap::simd {

/// Householder vectors of the reduction to band form, kept for the way back: see band.h.
template <class Real>
struct BandReflectors;

/// The two steps from a symmetric matrix to a tridiagonal one, for one type. Contracts: band.h, chase.h.
template <class Real>
struct Reduction {
  void (*full_to_band)(const Tiles<Real>& a, Real* band, Real* scratch, Team& team,
                       const BandReflectors<Real>* keep);
  void (*band_to_tridiagonal)(uint64_t n, uint64_t bandwidth, Real* band, double* diagonal,
                              double* off_diagonal);
};

/// One step of a Gram matrix: a tile C += AᵀB (times `factor` for integers), where A and B are packed strips
/// (gram_pack.h) of as many columns as the tile is wide.
template <class Real>
struct TileStep {
  const void* a;
  const void* b;
  uint64_t words;   ///< of depth
  uint64_t stride;  ///< words from one strip to the next
  uint64_t side;    ///< of the tile: a multiple of 48
  bool diagonal;    ///< blocks above the diagonal may be left out
  double factor;
  Real* c;
};

/// Products of packed strips, indexed by Product. A strip is one vector wide. Contract: packed_gram.h.
struct GramKernels {
  uint64_t vector_bytes;
  uint64_t chunk_words;  ///< words of depth between additions to the result
  bool fast_int8;        ///< faster than int16
  bool fast_bf16;        ///< faster than float32
  /// Packs `words` words of depth: `columns` (a multiple of the strip) of row-major values times `factor`,
  /// float64 for Product::float64, else float32.
  void (*pack[product_count])(const void* values, uint64_t words, uint64_t columns, double factor,
                              void* strips, uint64_t stride);
  /// After the last pack of a chunk of int8: writes what its products need behind each strip.
  void (*finish_int8)(void* strips, uint64_t words, uint64_t columns, uint64_t stride);
  /// sums[c] += Σ values[r][c]², in float64.
  void (*add_squares)(const float* values, uint64_t rows, uint64_t columns, double* sums);
  void (*multiply64[product_count])(const TileStep<double>&);
  void (*multiply32[product_count])(const TileStep<float>&);  ///< none of Product::float64
};

/// Loops of one kind of instruction, to measure the machine's ceilings by. Contract: ceilings.h.
struct CeilingLoops {
  struct Peak {
    const char* name;     ///< null: this set has no such instruction
    uint64_t operations;  ///< multiplications and additions of one step
    void (*run)(uint64_t steps);
  };
  static constexpr int peak_count = 5;
  Peak peaks[peak_count];
  double (*read)(uint64_t count, const double* from);                                         ///< Σ from
  void (*triad)(uint64_t count, double* to, const double* a, const double* b, double scale);  ///< a + scale·b
};

/// Numbers whose float32 sums of a group are kept: with the largest entry in [2^−20, 2^28) the fourth powers
/// of 512 entries neither overflow nor lose what matters to underflow.
constexpr int screen_least_exponent = -20;
constexpr int screen_most_exponent = 28;
/// Entries summed in float32 before they join a float64 sum.
constexpr uint64_t screen_group = 512;

/// An entry is of interest if its order is ≥ high or ≤ low. The order of a code is the number it is, with the
/// other bits of negative numbers inverted: it rises with the value.
struct ScreenLimits {
  int32_t high;
  int32_t low;
};

struct ScreenSums {
  double power[4] = {};  ///< Σ(w − shift)^k
  uint64_t zeros = 0;
};

/// Marks of a group: it has entries of interest; it is not in the sums and its zeros are not counted.
constexpr uint8_t screen_extreme = 1;
constexpr uint8_t screen_unsummed = 2;

/// The screening pass over BF16 (16 bits) and float32 codes. Contract: screen.h.
struct ScreenKernels {
  void (*sum16)(const uint16_t* codes, uint64_t groups, float shift, const ScreenLimits& limits,
                ScreenSums* sums, uint8_t* marks);
  void (*sum32)(const uint32_t* codes, uint64_t groups, float shift, const ScreenLimits& limits,
                ScreenSums* sums, uint8_t* marks);
  /// Indices of the entries of interest, ascending; returns how many. `found` has room for `count`.
  uint64_t (*find16)(const uint16_t* codes, uint64_t count, const ScreenLimits& limits, uint32_t* found);
  uint64_t (*find32)(const uint32_t* codes, uint64_t count, const ScreenLimits& limits, uint32_t* found);
};

/// Of twice the E2M1 values h of some blocks: blocks, zeros, Σh, Σh², Σh³, Σh⁴.
struct Mxfp4CodeSums {
  int64_t blocks, zeros, first, second, third, fourth;
};

/// Blocks of MXFP4 that are taken together, at most.
constexpr uint64_t mxfp4_run = 1024;

/// A run of MXFP4 blocks. Null where a set has no byte shuffles that make it worth while: then Mxfp4Sums has
/// a table.
struct Mxfp4Kernels {
  /// Adds to sums[byte] what the blocks of that exponent byte come to; all are between `least` and `most`.
  void (*sum)(const uint8_t* blocks, const uint8_t* scales, uint64_t count, uint8_t least, uint8_t most,
              Mxfp4CodeSums* sums) = nullptr;
  /// Indices of the blocks of this scale, ascending; returns how many. `selected` has room for `count`.
  uint64_t (*select)(const uint8_t* scales, uint64_t count, uint8_t scale, uint16_t* selected) = nullptr;
  /// Codes of the selected blocks, counted from the first block of the run, with h ≥ high or ≤ low, in no
  /// order; −13 ≤ low, high ≤ 13. Returns how many; `found` has room for all.
  uint64_t (*find)(const uint8_t* blocks, const uint16_t* selected, uint64_t count, int high, int low,
                   uint16_t* found) = nullptr;
};

/// The stages compiled for one instruction set.
struct Stages {
  const char* name;  ///< "sse2", "neon", "avx2", "avx512", "avx512_bf16"
  Reduction<double> f64;
  Reduction<float> f32;
  void (*tridiagonal_eigenvalues)(uint64_t n, const double* diagonal, const double* off_diagonal,
                                  double* values, double* scratch, Team& team);  ///< contract: sturm.h
  GramKernels gram;
  void (*philox4x32_blocks)(uint32_t first_block, uint64_t blocks, const uint32_t (&tail)[3],
                            const uint32_t (&key)[2], uint32_t* words);  ///< contract: philox.h

  /// draws[k] = the upper half of words[k]·(size − k), a number below size − k, for k < count ≤ size. False
  /// if one of the lower halves is below `size`: then some draw may have to be made again (Lemire 2019).
  bool (*draw_below)(const uint32_t* words, uint64_t count, uint32_t size, uint32_t* draws);
  CeilingLoops ceilings;
  ScreenKernels screen;
  Mxfp4Kernels mxfp4;
};

}  // namespace spectrap::simd
