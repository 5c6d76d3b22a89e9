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

/** Margins of a matrix whose entries have a scale. */
export interface KnownMargins {
  /** Of all entries. */
  mean: number;
  /**
   * Of the entries that stay, and its margin: giants move the mean of all entries, but make outliers of their own, while it
   * is the bulk's mean that is spread over the matrix.
   */
  bulkMean: number;
  bulkMeanMargin: number;
  /** Entry size that makes an outlier of the shuffled spectrum, s·(NM)^¼. */
  tau: number;
  /** s, the deviation of the entries that stay. */
  bulkDeviation: number;
  /** Their excess kurtosis about the mean; null where removed entries have swallowed its digits. */
  bulkKurtosis: number | null;
  /** The largest |w − mean| / tau among them. */
  keptMargin: number;
  /** max|w − mean| / tau: above one, a trap is to be expected. */
  trapMargin: number;
  /** |mean|/s·(NM)^¼: above one, the mean alone makes an outlier. */
  meanMargin: number;
  /** Entries taken out of the bulk. */
  removed: number;
  reason: null;
}

type UnknownMargins = { [Key in Exclude<keyof KnownMargins, "reason">]: null } & {
  /** Why the numbers are null. */
  reason: "no_deviation" | "more_outliers_than_kept";
};

export type TrapMargins = KnownMargins | UnknownMargins;

/** A sum of squares this far below what it was taken from is rounding. */
const LOST = 16 * Number.EPSILON;
/** Of fourth powers this part is left with three digits at least. */
const BLURRED = 1e-12;

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
  let fourths = sums[3] - 4 * offset * sums[2] + 6 * offset ** 2 * sums[1] - 3 * count * offset ** 4;
  let excess = 0;
  for (;;) {
    const removed = above.removed + below.removed;
    if (!(squares > LOST * sums[1])) return unknown("no_deviation");
    const bulkDeviation = Math.sqrt(squares / (count - removed));
    const tau = bulkDeviation * (N * M) ** 0.25;
    for (const side of [above, below]) {
      while (side.removed < side.values.length && size(side, side.removed) > tau) {
        squares -= size(side, side.removed) ** 2;
        fourths -= size(side, side.removed) ** 4;
        excess += side.sign * size(side, side.removed);
        side.removed++;
      }
      if (side.removed === side.values.length && side.removed < count) {
        return unknown("more_outliers_than_kept");
      }
    }
    if (above.removed + below.removed === removed) {
      const largest = Math.max(size(above, 0), size(below, 0));
      const meanMargin = (Math.abs(mean) / bulkDeviation) * (N * M) ** 0.25;
      const bulkMean = mean - excess / (count - removed);
      return {
        mean,
        bulkMean,
        bulkMeanMargin: (Math.abs(bulkMean) / bulkDeviation) * (N * M) ** 0.25,
        tau,
        bulkDeviation,
        bulkKurtosis:
          fourths > BLURRED * sums[3] ? fourths / (count - removed) / bulkDeviation ** 4 - 3 : null,
        keptMargin: Math.max(size(above, above.removed), size(below, below.removed)) / tau,
        trapMargin: largest / tau,
        meanMargin,
        removed,
        reason: null,
      };
    }
  }
}

/** The margins of a layer: each tap by itself, the largest of each; null as soon as one tap's are. */
export function layerMargins(
  taps: readonly EntryMoments[],
  N: number,
  M: number,
):
  | Pick<KnownMargins, "trapMargin" | "meanMargin" | "reason">
  | Pick<UnknownMargins, "trapMargin" | "meanMargin" | "reason"> {
  const margins = taps.map((moments) => trapMargins(moments, N, M));
  const known = margins.filter((tap) => tap.reason === null);
  const failed = margins.find((tap) => tap.reason !== null);
  if (failed !== undefined) return { trapMargin: null, meanMargin: null, reason: failed.reason };
  return {
    trapMargin: Math.max(...known.map(({ trapMargin }) => trapMargin)),
    meanMargin: Math.max(...known.map(({ meanMargin }) => meanMargin)),
    reason: null,
  };
}

function unknown(reason: UnknownMargins["reason"]): UnknownMargins {
  return {
    mean: null,
    bulkMean: null,
    bulkMeanMargin: null,
    tau: null,
    bulkDeviation: null,
    bulkKurtosis: null,
    keptMargin: null,
    trapMargin: null,
    meanMargin: null,
    removed: null,
    reason,
  };
}
