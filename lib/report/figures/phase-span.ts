export type PhaseName = "pre-grokking" | "grokking" | "anti-grokking";

/** A stretch of training, in steps. */
export interface PhaseSpan {
  readonly phase: PhaseName;
  readonly from: number;
  readonly to: number;
}
