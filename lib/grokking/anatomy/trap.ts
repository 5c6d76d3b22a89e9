import { RUN_LEVEL, tapTraps, type Untested } from "../../analysis/traps.ts";
import { sides } from "../../solver/matrix.ts";
import type { ShuffledCopy, Solver } from "../../solver/solver.ts";
import {
  countTraps,
  fitWeightWatcherMp,
  marchenkoPasturEdges,
  permutation,
  shuffleKey,
} from "../../spectrum/index.ts";
import type { NetworkMatrix } from "../matrix.ts";

/** A singular triplet of a shuffled copy, at the places its entries have in the matrix. */
export interface UnpermutedMode {
  /** Of the Gram matrix of the copy: the square of the singular value. */
  eigenvalue: number;
  /** Over the upper edge of the bulk. */
  strength: number;
  /** Singular vectors of the copy, of norm 1: over its rows and over its columns, whose entries come from all over the matrix. */
  rowVector: Float64Array;
  colVector: Float64Array;
  /**
   * T, rows × cols: σ u vᵀ with every entry taken back to where the shuffle found it. A shuffle is no change of basis, so T
   * has rank 1 in the copy only; its norm is σ in both.
   */
  values: Float64Array;
}

/** The traps of one shuffled copy. */
export interface UnpermutedTraps {
  reason: null;
  /** The largest first. */
  traps: UnpermutedMode[];
  /** The largest mode that is no trap: a control for their removal. Null if all are traps. */
  bulk: UnpermutedMode | null;
}

/** Who says what a trap is: WeightWatcher 0.7.5.5's fit of the copy's spectrum, or the calibrated test. */
export type TrapThreshold = "weightwatcher" | "calibrated";

export interface UnpermuteOptions {
  /** Keys the shuffle together with the matrix's name. */
  seed: number;
  /** Number of the shuffled copy. Default 0. */
  replica?: number;
  /** Default `"weightwatcher"`, the rule of the papers. */
  threshold?: TrapThreshold;
  /** Of the calibrated test, for this matrix. Default {@link RUN_LEVEL}. */
  level?: number;
}

/**
 * The traps of a matrix as they stand in it (Prakash and Martin 2026, arXiv 2605.12394): the modes of a shuffled copy above
 * the threshold, un-permuted. The mean is left in, as in the papers' counts, whatever the threshold; subtract it before to
 * have the traps of the entries alone.
 *
 * @returns `reason` says why the matrix cannot be tested, and there are no modes then.
 */
export async function unpermutedTraps(
  solver: Pick<Solver, "solve" | "shuffled">,
  matrix: NetworkMatrix,
  { seed, replica = 0, threshold = "weightwatcher", level = RUN_LEVEL }: UnpermuteOptions,
): Promise<UnpermutedTraps | { reason: Untested | "mp_fit_failed" }> {
  const copyWith = async (top: number): Promise<ShuffledCopy> =>
    (
      await solver.shuffled({
        ...{ matrix, precision: "double", seed, tap: 0, replicas: 1, firstReplica: replica, top },
        ...{ centre: 0, limit: Number.POSITIVE_INFINITY, leftOut: [] },
      })
    )[0]!;
  const { M } = sides(matrix);
  const { eigenvalues } = await copyWith(0);
  const found =
    threshold === "weightwatcher"
      ? weightWatcherTraps(matrix, eigenvalues)
      : await calibratedTraps(solver, matrix, eigenvalues, { seed, level });
  if (typeof found === "string") return { reason: found };
  const { count, edge } = found;
  const copy = await copyWith(Math.min(count + 1, M));
  const sigma = permutation(shuffleKey(seed, matrix.name), matrix.rows * matrix.cols, { replica });
  const modes = Array.from({ length: Math.min(count + 1, M) }, (_, rank) =>
    unpermute(copy, rank, matrix, sigma, edge),
  );
  return { reason: null, traps: modes.slice(0, count), bulk: modes[count] ?? null };
}

interface Found {
  count: number;
  /** Upper edge of the bulk, in eigenvalues. */
  edge: number;
}

function weightWatcherTraps(matrix: NetworkMatrix, eigenvalues: Float64Array): Found | "mp_fit_failed" {
  const { N, M } = sides(matrix);
  const fit = fitWeightWatcherMp(eigenvalues, N, M);
  return fit === null ? "mp_fit_failed" : { count: fit.numSpikes, edge: fit.bulkMax };
}

async function calibratedTraps(
  solver: Pick<Solver, "solve" | "shuffled">,
  matrix: NetworkMatrix,
  eigenvalues: Float64Array,
  { seed, level }: { seed: number; level: number },
): Promise<Found | Untested> {
  const { N, M } = sides(matrix);
  const settings = { precision: "double", seed } as const;
  const { taps } = await solver.solve({ matrix, ...settings, replicas: 0 });
  const { moments } = taps[0]!;
  const spectra = { moments, eigenvalues: taps[0]!.eigenvalues, shuffled: [eigenvalues] };
  const tested = await tapTraps(solver, matrix, 0, spectra, level, settings);
  if (typeof tested === "string") return tested;
  const { count } = countTraps(eigenvalues, level, tested.entries, tested.reference);
  return { count, edge: marchenkoPasturEdges({ N, M, sigma: tested.entries.sigma }).upper };
}

/** @param rank 0: the largest. */
function unpermute(
  { eigenvalues, rowVectors, colVectors, origins }: ShuffledCopy,
  rank: number,
  { rows, cols }: NetworkMatrix,
  sigma: Uint32Array,
  edge: number,
): UnpermutedMode {
  const k = origins.length - 1 - rank;
  const eigenvalue = eigenvalues[eigenvalues.length - 1 - rank]!;
  const rowVector = rowVectors.slice(k * rows, (k + 1) * rows);
  const colVector = colVectors.slice(k * cols, (k + 1) * cols);
  const values = new Float64Array(rows * cols);
  // copy[j] = matrix[σ[j]], so what stands at j goes back to σ[j].
  for (let row = 0, j = 0; row < rows; row++) {
    const left = Math.sqrt(eigenvalue) * rowVector[row]!;
    for (let col = 0; col < cols; col++, j++) values[sigma[j]!] = left * colVector[col]!;
  }
  return { eigenvalue, strength: eigenvalue / edge, rowVector, colVector, values };
}
