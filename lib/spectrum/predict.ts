import { type EdgeNull, edgeLogPValue, edgeThreshold } from "./edge-test.ts";
import { type EntryMoments, type TrapMargins, trapMargins } from "./margins.ts";
import type { Reason } from "./reason.ts";

/** A trap that the entries lead one to expect in the shuffled spectrum. */
export interface PredictedTrap {
  /** Index among the largest (`end` "high") or smallest entries ("low") of the moments; "mean" has none. */
  end: "high" | "low" | "mean";
  index: number | null;
  /** w, or the mean. */
  value: number;
  /** |w − mean|/τ, or the mean's margin. */
  margin: number;
  /** Where the eigenvalue is expected, N s² (1+y)(g+y)/y. */
  lambda: number;
  /** The eigenvalue whose p-value is the level, for its place in the order. */
  threshold: number;
  /** Natural logarithm of the p-value of `lambda`. */
  logP: number;
}

export interface TrapPrediction {
  /** The margins of the same moments. */
  margins: TrapMargins;
  /** Entries and mean whose λ is above their threshold, the largest λ first. */
  traps: PredictedTrap[];
  /** Strongest entry, whether it makes a trap or not; null where it is below τ and makes no outlier. */
  top: PredictedTrap | null;
  /** The larger of the strongest entry's margin and that of the mean of the entries that stay. */
  margin: number;
  /** Margin from which one entry alone is above the first threshold, for this matrix's sides, kurtosis and level. */
  criticalMargin: number;
  /** `heavy_tailed`: the bulk's tails reach so far that the edge has no Tracy–Widom law; the count is a guess. */
  confidence: "calibrated" | "heavy_tailed";
}

/** Kurtosis up to which the edge's correction is of first order, in units of √(NM). */
const MOST_KURTOSIS = 0.05;
/** No entry of the bulk may come nearer to τ. */
const MOST_MARGIN = 0.75;

/**
 * The traps a shuffle of these entries would show, without shuffling or decomposing anything. An entry a, or the mean m,
 * is a rank-one perturbation of the bulk, y = (a − m)²/(N s²) or y = m² M/s², which makes an eigenvalue at
 *
 *     λ(y) = N s² (1 + y)(g + y)/y,  g = M/N, if y > √g
 *
 * (F. Benaych-Georges, R. R. Nadakuditi 2012); it counts as a trap if that exceeds the threshold of the calibrated test
 * (`edgeThreshold`) as the k-th largest, with deviation s and kurtosis of the bulk. The eigenvalue itself fluctuates, so an
 * entry near the threshold may fall on either side. Entries that happen to share a row or column interact; that is rare.
 *
 * @param moments of one tap, all of its N·M entries.
 * @param level of each test, 0 < level ≤ ½: 0.01/L for L matrices.
 * @returns null, with the reason, where the margins are.
 * @throws RangeError as `trapMargins` and `edgeThreshold`.
 */
export function predictTraps(
  moments: EntryMoments,
  N: number,
  M: number,
  level: number,
): TrapPrediction | { reason: Reason } {
  const margins = trapMargins(moments, N, M);
  if (margins.reason !== null) return { reason: margins.reason };
  const { tau, bulkDeviation, mean, bulkKurtosis } = margins;
  const noise: EdgeNull = { N, M, sigma: bulkDeviation!, kurtosis: bulkKurtosis! };

  const outlier = (end: PredictedTrap["end"], index: number | null, value: number, margin: number) => ({
    end,
    index,
    value,
    margin,
    lambda: detachedEigenvalue(margin, noise),
  });
  const entries = (["high", "low"] as const).flatMap((end) => {
    const { values } = end === "high" ? moments.largest : moments.smallest;
    const beyond: ReturnType<typeof outlier>[] = [];
    for (let index = 0; index < values.length; index++) {
      const margin = ((end === "high" ? 1 : -1) * (values[index]! - mean!)) / tau!;
      if (!(margin > 1)) break;
      beyond.push(outlier(end, index, values[index]!, margin));
    }
    return beyond;
  });
  // Giants move the mean of all entries, but make outliers of their own: the mean that is spread out is the bulk's.
  const gone = entries.reduce((sum, { value }) => sum + value, 0);
  const bulkMean = (mean! * moments.count - gone) / (moments.count - entries.length);
  const meanMargin = (Math.abs(bulkMean) / bulkDeviation!) * (N * M) ** 0.25;
  if (meanMargin > 1) entries.push(outlier("mean", null, bulkMean, meanMargin));
  entries.sort((a, b) => b.lambda - a.lambda);

  const placed = entries.slice(0, M).map((entry, order): PredictedTrap => {
    const k = order + 1;
    return {
      ...entry,
      threshold: edgeThreshold(level, noise, k),
      logP: edgeLogPValue(entry.lambda, noise, k),
    };
  });
  const first = placed.findIndex(({ lambda, threshold }) => !(lambda > threshold));
  const kept = largestKept(moments, margins);
  return {
    margins,
    traps: first < 0 ? placed : placed.slice(0, first),
    top: placed.find(({ end }) => end !== "mean") ?? null,
    margin: Math.max(margins.trapMargin!, meanMargin),
    criticalMargin: marginOf(edgeThreshold(level, noise, 1), noise),
    confidence:
      bulkKurtosis! <= MOST_KURTOSIS * Math.sqrt(N * M) && kept <= MOST_MARGIN
        ? "calibrated"
        : "heavy_tailed",
  };
}

/** λ(y) of an entry with this margin: y = margin²·√g, for entries and mean alike. */
function detachedEigenvalue(margin: number, { N, M, sigma }: EdgeNull): number {
  const g = M / N;
  const y = Math.max(margin, 1) ** 2 * Math.sqrt(g);
  return (N * sigma ** 2 * (1 + y) * (g + y)) / y;
}

/** The margin whose λ(y) is `lambda`: the larger root of y² + (1 + g − λ/(N s²)) y + g = 0. */
function marginOf(lambda: number, { N, M, sigma }: EdgeNull): number {
  const g = M / N;
  const half = (lambda / (N * sigma ** 2) - 1 - g) / 2;
  const y = half + Math.sqrt(Math.max(half * half - g, 0));
  return Math.sqrt(Math.max(y, 0) / Math.sqrt(g));
}

/** Margin of the largest entry that stays in the bulk. */
function largestKept({ largest, smallest }: EntryMoments, { mean, tau }: TrapMargins): number {
  const inside = (values: ArrayLike<number>) => {
    for (let i = 0; i < values.length; i++) {
      const margin = Math.abs(values[i]! - mean!) / tau!;
      if (margin <= 1) return margin;
    }
    return 0;
  };
  return Math.max(inside(largest.values), inside(smallest.values));
}
