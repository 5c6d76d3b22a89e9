import type { PhaseName, PhaseSpan } from "../report/figures/phase-span.ts";

/** What was measured of one weight matrix at one checkpoint. Null: not measured, or no value, as of alpha without a tail. */
export interface MeasuredLayer {
  /** The paper's name of the matrix: FC1, FC2, FC3, or embed, Q, K, V, out, fc1, fc2, unembed. */
  readonly layer: string;
  /** Exponent of the power-law tail of the ESD. */
  readonly alpha: number | null;
  /** Kolmogorov–Smirnov distance of the tail from that law. */
  readonly D: number | null;
  /** Traps by WeightWatcher 0.7.5.5's rule on the raw matrix; of several shuffles their median. */
  readonly trapsWeightWatcher: number | null;
  /** What that version prints: of one shuffle, or counted over five pooled ones in a matrix of fewer than 100 eigenvalues. */
  readonly trapsPooled: number | null;
  /** Traps by the calibrated test; of several shuffles their median. */
  readonly trapsCalibrated: number | null;
  /** Calibrated traps after the mean of the matrix is subtracted. */
  readonly trapsCentred: number | null;
  /** Calibrated traps by origin; they sum to `trapsCalibrated` where that was attributed. */
  readonly trapsOfMean: number | null;
  readonly trapsOfEntries: number | null;
  readonly trapsDiffuse: number | null;
  /** σ of the Marchenko–Pastur law fitted to the shuffled copy, in units where the mean eigenvalue is one. */
  readonly sigma: number | null;
  /** Kolmogorov–Smirnov distance of the shuffled spectrum from that law, and its p-value. */
  readonly ksDistance: number | null;
  readonly ksPValue: number | null;
}

/** What was measured at one step of a run. Null: not measured. */
export interface MeasuredCheckpoint {
  readonly step: number;
  /** From 0 to 1. */
  readonly trainAccuracy: number | null;
  readonly testAccuracy: number | null;
  readonly trainLoss: number | null;
  readonly testLoss: number | null;
  /** Euclidean norm of the weight matrices, √Σ‖W‖²_F. */
  readonly norm: number | null;
  /** Share of activations below the threshold. */
  readonly sparsity: number | null;
  /** Absolute weight entropy, −Σ|w| ln|w|, in nats. */
  readonly entropy: number | null;
  /** Approximate local circuit complexity, in nats. */
  readonly complexity: number | null;
  readonly layers: readonly MeasuredLayer[];
}

/** One training from one seed. */
export interface MeasuredRun {
  readonly seed: number;
  /** Ascending in step. */
  readonly checkpoints: readonly MeasuredCheckpoint[];
  /** Ascending; a phase that was not reached is missing. */
  readonly phases: readonly PhaseSpan[];
}

export const PHASES: readonly PhaseName[] = ["pre-grokking", "grokking", "anti-grokking"];

/** Last checkpoint of a phase, which the paper's tables call its right edge; undefined where the run has none. */
export function rightEdge(
  { checkpoints, phases }: MeasuredRun,
  phase: PhaseName,
): MeasuredCheckpoint | undefined {
  const span = phases.findLast((candidate) => candidate.phase === phase);
  if (span === undefined) return undefined;
  return checkpoints.findLast(({ step }) => step >= span.from && step <= span.to);
}
