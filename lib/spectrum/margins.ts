import type { Reason } from "./reason.ts";

/** Extreme entries of a matrix, the most extreme first. */
export interface ExtremeEntries {
  values: ArrayLike<number>;
}

/** Moments of a matrix's entries about a shift: sums[k−1] = Σ(w − shift)^k. */
export interface EntryMoments {
  count: number;
  shift: number;
  sums: readonly [number, number, number, number];
  smallest: ExtremeEntries;
  largest: ExtremeEntries;
}

export interface TrapMargins {
  /** Entry size that makes an outlier of the shuffled spectrum, s·(NM)^¼. */
  tau: number | null;
  /** s, the deviation of the entries that stay. */
  bulkDeviation: number | null;
  /** max|w − mean| / tau: above one, a trap is to be expected. */
  trapMargin: number | null;
  /** |mean|/s·(NM)^¼: above one, the mean alone makes an outlier. */
  meanMargin: number | null;
  /** Entries taken out of the bulk. */
  removed: number;
  /** Why the numbers are null. */
  reason: Reason | null;
}
