import type { PhaseName } from "../../report/figures/phase-span.ts";
import type { Estimate } from "../estimate.ts";

/** A quantity of the paper's tables; traps are WeightWatcher's count. */
export type PaperQuantity =
  | "trainAccuracy"
  | "testAccuracy"
  | "norm"
  | "alpha"
  | "alphaMean"
  | "trapsWeightWatcher"
  | "trapsWeightWatcherMean"
  | "sigma"
  | "ksDistance"
  | "ksPValue";

/** One line of a table of the paper; a phase that it does not give is missing. */
export interface PaperRow {
  readonly quantity: PaperQuantity;
  /** Null for the whole network. */
  readonly layer: string | null;
  readonly values: Readonly<Partial<Record<PhaseName, Estimate>>>;
  /** Table of arXiv 2602.02859 v1. */
  readonly table: number;
}

/** What the paper prints about one training. */
export interface PaperExperiment {
  readonly label: string;
  readonly layers: readonly string[];
  readonly rows: readonly PaperRow[];
}

/** A number of a table, or `[mean, sd]`. */
type Printed = number | readonly [mean: number, sd: number];

/** A row from what stands under pre-grokking, grokking and anti-grokking. How many seeds a mean is over is nowhere said. */
export function paperRow(
  table: number,
  quantity: PaperQuantity,
  layer: string | null,
  [pre, grok, anti]: readonly [Printed, Printed, Printed],
): PaperRow {
  return {
    quantity,
    layer,
    table,
    values: { "pre-grokking": printed(pre), grokking: printed(grok), "anti-grokking": printed(anti) },
  };
}

function printed(value: Printed): Estimate {
  return typeof value === "number"
    ? { mean: value, sd: null, n: null }
    : { mean: value[0], sd: value[1], n: null };
}
