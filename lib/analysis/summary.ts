import type { Row } from "./row.ts";

/** Columns whose means WeightWatcher's summary gives. */
const MEANS = [
  "logNorm",
  "alpha",
  "alphaWeighted",
  "logAlphaNorm",
  "logSpectralNorm",
  "stableRank",
  "mpSoftrank",
] as const satisfies readonly (keyof Row)[];

export interface Mean {
  /** Null if no row has the number. */
  mean: number | null;
  /** Rows that have it. */
  rows: number;
}

export interface Summary {
  schema: "spectrap-summary/2";
  matrices: number;
  /** Rows with an error, also by its code. */
  failed: number;
  errors: Record<string, number>;
  /** Plain means over the rows that have the number; failed fits are left out, unlike WeightWatcher's −1. */
  means: Record<(typeof MEANS)[number], Mean>;
  /** Matrices with traps by the calibrated test: made by entries, made by the mean. */
  withEntryTraps: number;
  withMeanTraps: number;
  /** Matrices that were tested. */
  tested: number;
  /** The matrix nearest to a trap, in units of the margin at which it has one; null if none was tested. */
  nearest: { name: string; margin: number; threshold: number } | null;
  alphaBelow2: number;
  alphaAbove6: number;
}

/** Counts and means over rows. */
export function summarize(rows: Iterable<Row>): Summary {
  const all = [...rows];
  const count = (test: (row: Row) => boolean) => all.filter(test).length;
  const errors: Record<string, number> = {};
  for (const { error } of all) if (error !== null) errors[error.code] = (errors[error.code] ?? 0) + 1;
  return {
    schema: "spectrap-summary/2",
    matrices: all.length,
    failed: count(({ error }) => error !== null),
    errors,
    means: Object.fromEntries(
      MEANS.map((key) => [key, mean(all.map((row) => row[key]))]),
    ) as Summary["means"],
    withEntryTraps: count(({ traps }) => traps !== null && traps > 0),
    withMeanTraps: count(({ meanTrap }) => meanTrap === true),
    tested: count(({ traps }) => traps !== null),
    nearest: nearest(all),
    alphaBelow2: count(({ alpha }) => alpha !== null && alpha < 2),
    alphaAbove6: count(({ alpha }) => alpha !== null && alpha > 6),
  };
}

/** By the larger of its two margins. */
function nearest(rows: readonly Row[]): Summary["nearest"] {
  let found: Summary["nearest"] = null;
  for (const { name, trapMargin, meanMargin, trapThreshold: threshold } of rows) {
    if (threshold === null) continue;
    const margin = Math.max(trapMargin!, meanMargin!);
    if (found === null || margin / threshold > found.margin / found.threshold)
      found = { name, margin, threshold };
  }
  return found;
}

function mean(values: readonly (number | null)[]): Mean {
  const valid = values.filter((value) => value !== null);
  const sum = valid.reduce((total, value) => total + value, 0);
  return { mean: valid.length === 0 ? null : sum / valid.length, rows: valid.length };
}
