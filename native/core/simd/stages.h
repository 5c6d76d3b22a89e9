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

/// The stages compiled for one instruction set.
struct Stages {
  const char* name;  ///< "sse2", "neon", "avx2", "avx512", "avx512_bf16"
  Reduction<double> f64;
  Reduction<float> f32;
  void (*tridiagonal_eigenvalues)(uint64_t n, const double* diagonal, const double* off_diagonal,
                                  double* values, double* scratch);  ///< contract: sturm.h
  GramKernels gram;
  CeilingLoops ceilings;
};

}  // namespace spectrap::simd
