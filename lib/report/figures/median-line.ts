import { median } from "../../spectrum/median.ts";

/** A value of a curve at a step of training; null breaks the line. */
export interface CurvePoint {
  readonly step: number;
  readonly value: number | null;
}

/**
 * The median over lines at every step of any of them, from the step all have reached to the first that one does not.
 * Between its own steps a line is straight in log step; nothing is drawn across a null.
 *
 * @param lines ascending in step, steps > 0.
 */
export function medianLine(lines: readonly (readonly CurvePoint[])[]): CurvePoint[] {
  const steps = [...new Set(lines.flatMap((line) => line.map(({ step }) => step)))].sort((a, b) => a - b);
  return steps.map((step) => {
    const values = lines.map((line) => valueAt(line, step));
    return { step, value: values.includes(null) ? null : median(values as number[]) };
  });
}

function valueAt(line: readonly CurvePoint[], step: number): number | null {
  const after = line.findIndex((point) => point.step >= step);
  if (after < 0) return null;
  const right = line[after]!;
  if (right.step === step) return right.value;
  const left = line[after - 1];
  if (left === undefined || left.value === null || right.value === null) return null;
  const share = Math.log(step / left.step) / Math.log(right.step / left.step);
  return left.value + share * (right.value - left.value);
}
