import type { Measures } from "../measures/measure.ts";
import type { Signal } from "./signals.ts";

/** What was measured along one training. */
export interface SignalRun {
  /** Its first step that counts: before, a network has learned nothing that it could lose. */
  readonly from: number;
  /** Ascending in step. */
  readonly checkpoints: readonly { readonly step: number; readonly measures: Measures }[];
}

/** When a signal leaves the range of health. */
export interface Alarm {
  readonly signal: string;
  /** The end of the range on the side to which collapse lies. */
  readonly side: "above" | "below";
  readonly threshold: number;
  /** Of each collapsed run the first checkpoint from which on the signal stays beyond the threshold; null where it does not. */
  readonly steps: readonly (number | null)[];
}

/**
 * A signal as an alarm without a miss among the healthy: its threshold is the most extreme value of any healthy run at any
 * checkpoint. Null if it has no value at the end of a run, or the same on both sides.
 */
export function alarm(
  { name, of }: Signal,
  collapsed: readonly SignalRun[],
  healthy: readonly SignalRun[],
): Alarm | null {
  const side = sideOfCollapse(of, collapsed, healthy);
  if (side === null) return null;
  const sign = side === "above" ? 1 : -1;
  const range = healthy.flatMap((run) => valuesOf(of, run).map(({ value }) => value));
  const extreme = range
    .filter((value) => value !== null)
    .reduce((worst, value) => Math.max(worst, sign * value), Number.NEGATIVE_INFINITY);
  const steps = collapsed.map((run) => {
    const values = valuesOf(of, run);
    const inside = values.findLastIndex(({ value }) => value === null || sign * value <= extreme);
    return values[inside + 1]?.step ?? null;
  });
  return { signal: name, side, threshold: sign * extreme, steps };
}

/** To which side the mean of the last checkpoints lies. */
function sideOfCollapse(
  of: Signal["of"],
  collapsed: readonly SignalRun[],
  healthy: readonly SignalRun[],
): Alarm["side"] | null {
  const meanAtEnd = (runs: readonly SignalRun[]) =>
    runs.reduce((sum, run) => sum + (valuesOf(of, run).at(-1)?.value ?? Number.NaN), 0) / runs.length;
  const apart = meanAtEnd(collapsed) - meanAtEnd(healthy);
  if (Number.isNaN(apart) || apart === 0) return null;
  return apart > 0 ? "above" : "below";
}

function valuesOf(of: Signal["of"], { from, checkpoints }: SignalRun) {
  return checkpoints
    .filter(({ step }) => step >= from)
    .map(({ step, measures }) => ({ step, value: of(measures) }));
}
