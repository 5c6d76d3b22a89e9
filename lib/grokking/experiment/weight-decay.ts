import type { CurveRecord } from "./curve.ts";
import type { Experiment } from "./experiment.ts";

/** Of the steps after this one. It has ended if the curve up to here says so, so that a resumed run knows it too. */
export function weightDecayAfter(
  step: number,
  { weightDecay, decayUntil }: Pick<Experiment, "weightDecay" | "decayUntil">,
  curve: readonly CurveRecord[],
): number {
  if (decayUntil === null) return weightDecay;
  const ended = curve.some((record) => record.step <= step && record.testAccuracy >= decayUntil);
  return ended ? 0 : weightDecay;
}
