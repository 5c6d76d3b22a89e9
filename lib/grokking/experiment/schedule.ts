/**
 * Log-spaced steps: 0, every whole number nearest to 10^(k/perDecade), k = 0, 1, 2, …, up to `last`, and `last`. They do not depend on
 * `last` but for it itself, and those of a divisor of perDecade are among them.
 */
export function logSteps(last: number, perDecade: number): number[] {
  const steps = [0];
  for (let k = 0; ; k++) {
    const step = Math.round(10 ** (k / perDecade));
    if (step >= last) break;
    if (step > steps[steps.length - 1]!) steps.push(step);
  }
  if (last > 0) steps.push(last);
  return steps;
}

/** A step at which a training stops to look at itself; at a checkpoint more closely. */
export interface Stop {
  readonly step: number;
  readonly checkpoint: boolean;
}

/** Ascending. Every checkpoint is a record of the curve too. */
export function stops(last: number, curvePerDecade: number, checkpointsPerDecade: number): Stop[] {
  const checkpoints = new Set(logSteps(last, checkpointsPerDecade));
  return [...new Set([...logSteps(last, curvePerDecade), ...checkpoints])]
    .sort((a, b) => a - b)
    .map((step) => ({ step, checkpoint: checkpoints.has(step) }));
}
