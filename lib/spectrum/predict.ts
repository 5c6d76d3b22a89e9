import { isHeavyTailed } from "./calibrated-traps.ts";
import { type EdgeNull, edgeLogPValue, edgeThreshold } from "./edge.ts";
import { type EntryMoments, type KnownMargins, trapMargins } from "./margins.ts";
import type { Reason } from "./reason.ts";
import { spikeEigenvalue, spikeMargin } from "./spike.ts";

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
  margins: KnownMargins;
  /** Entries and mean whose λ is above their threshold, the largest λ first. */
  traps: PredictedTrap[];
  /** Strongest entry, whether it makes a trap or not; null where it is below τ and makes no outlier. */
  top: PredictedTrap | null;
  /** The larger of the strongest entry's margin and that of the mean of the entries that stay. */
  margin: number;
  /** Margin from which one entry alone is above the first threshold, for this matrix's sides, kurtosis and level. */
  criticalMargin: number;
  /**
   * Whether `margin` reaches its critical value, or lies within 15% of it or its eigenvalue within 15% of the first threshold:
   * a shuffle of such a matrix may show a trap and is worth decomposing.
   */
  near: boolean;
  /** `heavy_tailed`: the bulk's tails reach so far that the edge has no Tracy–Widom law; the count is a guess. */
  confidence: "calibrated" | "heavy_tailed";
}

/**
 * What is within 15% of a threshold is near it. An outlier just below that exceeds the threshold in fewer than one shuffle of
 * a hundred from 32 columns on; in 4 of a hundred at 16 × 12 (docs/method.md).
 */
const NEAR = 0.85;

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
  const { tau, bulkDeviation, mean, bulkKurtosis, bulkMean, bulkMeanMargin, keptMargin } = margins;
  const noise: EdgeNull = { N, M, sigma: bulkDeviation, kurtosis: bulkKurtosis ?? 0 };

  const outlier = (end: PredictedTrap["end"], index: number | null, value: number, margin: number) => ({
    end,
    index,
    value,
    margin,
    lambda: spikeEigenvalue(margin, noise),
  });
  const entries = (["high", "low"] as const).flatMap((end) => {
    const { values } = end === "high" ? moments.largest : moments.smallest;
    const beyond: ReturnType<typeof outlier>[] = [];
    for (let index = 0; index < values.length; index++) {
      const margin = ((end === "high" ? 1 : -1) * (values[index]! - mean)) / tau;
      if (!(margin > 1)) break;
      beyond.push(outlier(end, index, values[index]!, margin));
    }
    return beyond;
  });
  if (bulkMeanMargin > 1) entries.push(outlier("mean", null, bulkMean, bulkMeanMargin));
  entries.sort((a, b) => b.lambda - a.lambda);

  const placed = entries.slice(0, M).map((entry, order): PredictedTrap => {
    const k = order + 1;
    return {
      ...entry,
      threshold: edgeThreshold(level, noise, k),
      logP: edgeLogPValue(entry.lambda, noise, k),
    };
  });
  const firstThreshold = edgeThreshold(level, noise, 1);
  const criticalMargin = spikeMargin(firstThreshold, noise);
  // 15% of the eigenvalue reach further in small matrices, where the threshold is far from the edge of the bulk.
  const nearMargin = Math.min(NEAR * criticalMargin, spikeMargin(NEAR * firstThreshold, noise));
  const margin = Math.max(margins.trapMargin, bulkMeanMargin);
  const first = placed.findIndex(({ lambda, threshold }) => !(lambda > threshold));
  return {
    margins,
    traps: first < 0 ? placed : placed.slice(0, first),
    top: placed.find(({ end }) => end !== "mean") ?? null,
    margin,
    criticalMargin,
    near: margin >= nearMargin,
    confidence: isHeavyTailed({ N, M, kurtosis: bulkKurtosis, keptMargin }) ? "heavy_tailed" : "calibrated",
  };
}
