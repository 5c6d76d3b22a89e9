#pragma once

#include <cstdint>

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

/// Products of packed strips. Contract: gram.h.
struct GramKernels {};

/// The stages compiled for one instruction set.
struct Stages {
  const char* name;  ///< "sse2", "neon", "avx2", "avx512", "avx512_bf16"
  Reduction<double> f64;
  Reduction<float> f32;
  void (*tridiagonal_eigenvalues)(uint64_t n, const double* diagonal, const double* off_diagonal,
                                  double* values, double* scratch);  ///< contract: sturm.h
  GramKernels gram;
  void (*philox4x32_blocks)(uint32_t first_block, uint64_t blocks, const uint32_t (&tail)[3],
                            const uint32_t (&key)[2], uint32_t* words);  ///< contract: philox.h

  /// draws[k] = the upper half of words[k]·(size − k), a number below size − k, for k < count ≤ size. False
  /// if one of the lower halves is below `size`: then some draw may have to be made again (Lemire 2019).
  bool (*draw_below)(const uint32_t* words, uint64_t count, uint32_t size, uint32_t* draws);
};

}  // namespace spectrap::simd
