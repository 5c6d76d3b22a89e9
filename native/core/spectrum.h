#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "matrix.h"
#include "moments.h"
#include "stage.h"
#include "team.h"

namespace spectrap {

/// The arithmetic of a spectrum. `reference` and `double_` share float64 throughout; `single` forms the Gram
/// matrix and its tridiagonal form in float32 and takes the roots in float64.
enum class Precision { single, double_, reference };

/// Who forms Gram matrices and takes their eigenvalues: our own stages, or the system's BLAS and LAPACK.
enum class Backend { native, lapack };

/// What is asked about one matrix.
struct Problem {
  Matrix matrix;
  Precision precision = Precision::double_;
  Backend backend = Backend::native;
  std::array<uint32_t, 2> key{};  ///< of the shuffle, from the seed and the name of the matrix
  uint32_t replicas = 0;          ///< shuffled copies to decompose; 0: none
};

struct TapSpectra {
  MomentSums moments;
  std::vector<double> eigenvalues;            ///< of WᵀW (smaller side), ascending, not below 0
  std::vector<std::vector<double>> shuffled;  ///< the same of each replica
};

struct MatrixSpectra {
  std::vector<TapSpectra> taps;
  StageSeconds seconds;
  Precision precision = Precision::double_;  ///< what was used: double_ where single cannot keep its promise
  double promise = 0;                        ///< |Δλ| ≤ promise·λmax
};

/// Whether spectra() of this problem calls the BLAS, which must have been opened from the main thread by
/// then.
bool needs_blas(const Problem& problem);

/// Peak bytes spectra() allocates, results apart.
uint64_t spectra_bytes(const Problem& problem);

/// The pipeline, for each tap: read → decode → moments → Gram → tridiagonal → eigenvalues, then for each
/// replica shuffle → Gram → tridiagonal → eigenvalues. Every spectrum is checked against its matrix in
/// float64; where that fails in single precision, the matrix is solved again in double. The same bits on
/// every run, whoever is in the team. Throws NON_FINITE, SPECTRUM_CHECK, NO_CONVERGENCE (LAPACK's QL/QR
/// iteration), ERR_CANCELLED and whatever reading and decoding throw.
MatrixSpectra spectra(const Problem& problem, const std::atomic<bool>& cancelled, Team& team);

/// Peak bytes fused_spectra() allocates.
uint64_t fused_spectra_bytes(const Problem& fused);

/// Spectra of the row halves gate and up and of the matrix `fused` they make. Its Gram matrix is the sum of
/// theirs, so it costs one more eigenproblem and no more products; its shuffled copies need their own.
/// Halves with fewer rows than columns have Gram matrices of the other side: then all three go their own way.
std::array<MatrixSpectra, 3> fused_spectra(const Problem& gate, const Problem& up, const Problem& fused,
                                           const std::atomic<bool>& cancelled, Team& team);

}  // namespace spectrap
