#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "matrix.h"
#include "spectrum.h"
#include "team.h"

namespace spectrap {

/// What is done to one matrix: nothing, or one of the three; mirrors NativeEdit of lib/solver/addon.ts.
struct Edit {
  uint64_t keep = 0;                 ///< leading singular components that stay; 0: no smoothing
  std::vector<uint64_t> components;  ///< of the shuffled copy, from 0 the largest, that are subtracted
  std::vector<uint64_t> entries;  ///< positions row·cols + col, distinct, that become the mean of the others
  bool subtract_mean = false;     ///< of the others, from every entry

  bool moves_entries() const { return subtract_mean || !entries.empty(); }
  bool empty() const { return keep == 0 && components.empty() && !moves_entries(); }
};

/// A matrix of one tap and its edit. Of the problem replicas are not looked at; key and tap are those of the
/// shuffle.
struct EditProblem {
  Problem problem;
  uint32_t tap = 0;
  Edit edit;
};

/// How far an edit went, relative to ‖W‖ (Frobenius): ‖W′ − W‖, and ‖W′ − T‖ where T is what W′ would be
/// without rounding to the stored type. Both 0 of a zero matrix.
struct EditReport {
  double change = 0;
  double rounding = 0;
};

/// The edited matrix as row-major codes (decode.h) of its encoding, MXFP4 as BF16, rounded to nearest, ties
/// to even. Codes of entries that no edit concerns are the stored ones.
///
/// keep: W·V·Vᵀ with the right singular vectors V of the k largest singular values (U·Uᵀ·W where W is wide),
/// which is the best approximation of rank k (Eckart and Young 1936). All of W where k ≥ M. components: S is
/// the shuffled copy, and of S the term σuvᵀ is taken away, which every entry of W loses at the place in S
/// that the shuffle gave it. entries and subtract_mean: m, the mean of all entries that are not named, takes
/// the place of those that are; then m is subtracted from all.
///
/// The same bits on every run, whoever is in the team. Throws EDIT_RANGE for a result beyond the stored type,
/// and what eigen() and BlockReader throw.
EditReport edit_matrix(const EditProblem& problem, const std::atomic<bool>& cancelled, Team& team,
                       std::byte* codes);

/// Peak bytes edit_matrix() allocates.
uint64_t edit_bytes(const EditProblem& problem);

/// Whether an edit calls the BLAS, which must have been opened from the main thread by then.
bool edit_needs_blas(const EditProblem& problem);

}  // namespace spectrap
