/** Mean and standard deviation over seeds. */
export interface Estimate {
  readonly mean: number;
  /** With n − 1; null of a single value, and where a source gives none. */
  readonly sd: number | null;
  /** How many values; null where a source does not say. */
  readonly n: number | null;
}

/** Mean and standard deviation (n − 1) of the values there are; null without any. */
export function estimateOf(values: readonly (number | null)[]): Estimate | null {
  const known = values.filter((value) => value !== null);
  const n = known.length;
  if (n === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / n;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: n === 1 ? null : Math.sqrt(squares / (n - 1)), n };
}
