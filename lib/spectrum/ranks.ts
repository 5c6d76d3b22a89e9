import { firstFrom } from "./search.ts";

/** WeightWatcher's `tolerance`, absolute. */
export const WEAK_RANK_TOLERANCE = 1e-6;

/**
 * Numerical rank: singular values s = √λ above s_max·N·2.2e-16, numpy's `matrix_rank` rule.
 *
 * @param eigenvalues ascending, at least one; of one tap, or pooled.
 */
export function matrixRank(eigenvalues: Float64Array, N: number): number {
  const limit = Math.sqrt(eigenvalues[eigenvalues.length - 1]!) * N * Number.EPSILON;
  let rank = 0;
  for (const eigenvalue of eigenvalues) if (Math.sqrt(eigenvalue) > limit) rank++;
  return rank;
}

/** Missing ranks, each tap by itself, summed. */
export function rankLoss(taps: readonly Float64Array[], N: number): number {
  return taps.reduce((loss, tap) => loss + tap.length - matrixRank(tap, N), 0);
}

/** Eigenvalues below 1e-6, whatever the scale of the weights. */
export function weakRankLoss(eigenvalues: Float64Array): number {
  return firstFrom(eigenvalues, WEAK_RANK_TOLERANCE);
}
