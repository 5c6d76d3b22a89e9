/** Counts over an ensemble of shuffles of one matrix. */
export interface CountEnsemble {
  /** The mean of the two middle ones where their number is even. */
  median: number;
  least: number;
  most: number;
  /** Share of the shuffles with one or more. */
  share: number;
}

/** @throws RangeError without a count. */
export function countEnsemble(counts: readonly number[]): CountEnsemble {
  return {
    median: median(counts),
    least: Math.min(...counts),
    most: Math.max(...counts),
    share: counts.filter((count) => count >= 1).length / counts.length,
  };
}

/** @throws RangeError without a value. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("the median of nothing");
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
