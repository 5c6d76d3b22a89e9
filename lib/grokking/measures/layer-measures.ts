import { sides } from "../../solver/matrix.ts";
import type { Solver } from "../../solver/solver.ts";
import { type Reason, weightwatcher } from "../../spectrum/index.ts";
import type { NetworkMatrix } from "../matrix.ts";
import { type ShuffleMeasures, shuffleMeasures } from "./shuffle-measures.ts";

/** What the spectrum of one matrix says; null with a reason where there is no number. */
export interface LayerMeasures extends ShuffleMeasures {
  name: string;
  rows: number;
  cols: number;
  /** Largest eigenvalue of WᵀW. */
  lambdaMax: number;
  /** Exponent of the power-law tail, its first eigenvalue and its Kolmogorov–Smirnov distance, as WeightWatcher's `alpha`, `xmin`, `D`. */
  alpha: number | null;
  xmin: number | null;
  D: number | null;
  /** The same with `fix_fingers='clip_xmax'`, as the study has it, and one less than the eigenvalues clipped off. */
  alphaClipXmax: number | null;
  numFingers: number | null;
  reasons: Partial<Record<keyof LayerMeasures, Reason>>;
}

/** Fewest eigenvalues that are fitted: WeightWatcher's own limit. */
export const MIN_EVALS = 10;

export interface LayerOptions {
  /** Shuffled copies, at least 1. */
  shuffles: number;
  /** Keys the shuffles together with the name: at every step of a run, entries go to the same places. */
  seed: number;
  /** Of the calibrated test of this matrix. */
  level: number;
}

/** Spectral measures of a matrix. Rejects as the solver does: `NON_FINITE` for a network that has diverged. */
export async function layerMeasures(
  solver: Pick<Solver, "solve" | "shuffled">,
  matrix: NetworkMatrix,
  { shuffles, seed, level }: LayerOptions,
): Promise<LayerMeasures> {
  const spectra = await solver.solve({ matrix, precision: "double", seed, replicas: shuffles });
  const { eigenvalues } = spectra.taps[0]!;
  const layer = { ...sides(matrix), scale: 1, taps: [eigenvalues] };
  const fit = weightwatcher(layer, null, { minEvals: MIN_EVALS, promise: spectra.promise });
  const shuffled = await shuffleMeasures(solver, matrix, spectra, { level, seed });
  const { alpha, xmin, D, alphaClipXmax, numFingers } = fit.columns;
  const fitted = { alpha, xmin, D, alphaClipXmax, numFingers };
  const reasons = Object.entries(fit.reasons).filter(([column]) => Object.hasOwn(fitted, column));
  return {
    name: matrix.name,
    rows: matrix.rows,
    cols: matrix.cols,
    lambdaMax: eigenvalues[eigenvalues.length - 1]!,
    ...fitted,
    ...shuffled.measures,
    reasons: { ...Object.fromEntries(reasons), ...shuffled.reasons },
  };
}
