#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "buffer.h"
#include "eigen_pairs.h"
#include "simd/stages.h"
#include "stage.h"
#include "team.h"
#include "tiles.h"

namespace spectrap {

/// Eigenvalues of symmetric matrices of one order in tiles: full → band → tridiagonal → roots. Owns the
/// scratch of all three stages, for any number of matrices one after another.
template <class Real>
class TileSolver {
 public:
  TileSolver(const simd::Stages& stages, uint64_t n, Team& team);

  /// Bytes an object of this order allocates.
  static uint64_t bytes(uint64_t n);

  /// All eigenvalues of A, ascending; destroys it. |Δλ| of a few n·ε·‖A‖, ε that of Real; in practice √n·ε.
  /// Entries of A are at most of order n, so that no sum of squares overflows. Adds to `seconds.reduce`,
  /// `chase` and `roots`. Throws ERR_CANCELLED.
  std::vector<double> eigenvalues(const Tiles<Real>& a, StageSeconds& seconds,
                                  const std::atomic<bool>& cancelled);

  /// The same, and with them eigenvectors of the `top` largest.
  /// Those of the band by inverse iteration, turned back by the reflectors of the first stage, which takes
  /// n² + n·top elements more. Throws NO_CONVERGENCE.
  EigenPairs top_pairs(const Tiles<Real>& a, uint64_t top, StageSeconds& seconds,
                       const std::atomic<bool>& cancelled);

  /// Bytes top_pairs() allocates besides, results apart.
  static uint64_t top_pairs_bytes(uint64_t n, uint64_t top);

 private:
  std::vector<double> band_eigenvalues(StageSeconds& seconds, const std::atomic<bool>& cancelled);

  const simd::Stages& stages_;
  uint64_t n_;
  Team& team_;
  Buffer<Real> band_;
  Buffer<Real> scratch_;
  Buffer<double> tridiagonal_;  ///< diagonal and off-diagonal
  Buffer<double> roots_scratch_;
};

}  // namespace spectrap
