import { median } from "../../spectrum/median.ts";

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
  if (counts.length === 0) throw new RangeError("an ensemble without a shuffle");
  return {
    median: median(counts),
    least: Math.min(...counts),
    most: Math.max(...counts),
    share: counts.filter((count) => count >= 1).length / counts.length,
  };
}
