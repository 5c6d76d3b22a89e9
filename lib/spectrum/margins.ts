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
  /** Mean of all entries. */
  mean: number | null;
  /** Excess kurtosis of the entries that stay, about the mean of all. */
  bulkKurtosis: number | null;
  /** Entries taken out of the bulk. */
  removed: number | null;
  /** Why the numbers are null. */
  reason: Reason | null;
}

/** A sum of squares this far below what it was taken from is rounding. */
const LOST = 16 * Number.EPSILON;

/**
 * How near a matrix is to a correlation trap, from its entries alone. A shuffle keeps the multiset of entries, so only a
 * single entry with |w − mean| > τ = s(NM)^¼, or a mean with |mean| > s(NM)^−¼, can leave the
 * Marchenko–Pastur bulk of the shuffled matrix (detection threshold of a rank-one perturbation,
 * Benaych-Georges and Nadakuditi 2012). s is the deviation of the bulk: entries beyond τ are removed until none
 * is left, with the mean of all entries kept as the centre.
 *
 * @param moments of one tap, all of its N·M entries, in the weights' units.
 * @throws RangeError when the moments are not those of N·M entries.
 */
export function trapMargins(moments: EntryMoments, N: number, M: number): TrapMargins {
  const { count, shift, sums } = moments;
  if (count !== N * M) throw new RangeError(`moments of ${count} entries for a matrix of ${N} × ${M}`);
  const offset = sums[0] / count;
  const mean = shift + offset;
  const above = { values: moments.largest.values, sign: 1, removed: 0 };
  const below = { values: moments.smallest.values, sign: -1, removed: 0 };
  const size = (side: typeof above, index: number): number => side.sign * (side.values[index]! - mean);

  let squares = sums[1] - count * offset * offset;
  // Σ(w − mean)⁴ by the binomial formula; the shift is near the mean, so that nothing cancels.
  let fourths = sums[3] - 4 * offset * sums[2] + 6 * offset ** 2 * sums[1] - 3 * count * offset ** 4;
  for (;;) {
    const removed = above.removed + below.removed;
    if (!(squares > LOST * sums[1])) return unknown("no_deviation");
    const bulkDeviation = Math.sqrt(squares / (count - removed));
    const tau = bulkDeviation * (N * M) ** 0.25;
    for (const side of [above, below]) {
      while (side.removed < side.values.length && size(side, side.removed) > tau) {
        const square = size(side, side.removed) ** 2;
        squares -= square;
        fourths -= square * square;
        side.removed++;
      }
      if (side.removed === side.values.length && side.removed < count) {
        return unknown("more_outliers_than_kept");
      }
    }
    if (above.removed + below.removed === removed) {
      const largest = Math.max(size(above, 0), size(below, 0));
      const meanMargin = (Math.abs(mean) / bulkDeviation) * (N * M) ** 0.25;
      const trapMargin = largest / tau;
      const bulkKurtosis = fourths / (count - removed) / bulkDeviation ** 4 - 3;
      return { tau, bulkDeviation, trapMargin, meanMargin, mean, bulkKurtosis, removed, reason: null };
    }
  }
}

/** The margins of a layer: each tap by itself, the largest of each; null as soon as one tap's are. */
export function layerMargins(
  taps: readonly EntryMoments[],
  N: number,
  M: number,
): Pick<TrapMargins, "trapMargin" | "meanMargin" | "reason"> {
  const margins = taps.map((moments) => trapMargins(moments, N, M));
  const failed = margins.find(({ reason }) => reason !== null);
  if (failed !== undefined) return { trapMargin: null, meanMargin: null, reason: failed.reason };
  return {
    trapMargin: Math.max(...margins.map(({ trapMargin }) => trapMargin!)),
    meanMargin: Math.max(...margins.map(({ meanMargin }) => meanMargin!)),
    reason: null,
  };
}

function unknown(reason: Reason): TrapMargins {
  return {
    tau: null,
    bulkDeviation: null,
    trapMargin: null,
    meanMargin: null,
    mean: null,
    bulkKurtosis: null,
    removed: null,
    reason,
  };
}
