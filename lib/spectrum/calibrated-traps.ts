import { countBelowEdge, countBeyond, type EdgeNull, edgePValue, edgeThreshold } from "./edge.ts";
import { marchenkoPasturCdf } from "./marchenko-pastur.ts";
import { combinePValues } from "./replicas.ts";
import { spikeEigenvalue, spikeMargin } from "./spike.ts";
import { tracyWidomSf } from "./tracy-widom.ts";

/** What the entries of a matrix say about every shuffled copy of it: no shuffle changes it. */
export interface EntryNull {
  N: number;
  M: number;
  /** Standard deviation of the bulk entries. */
  sigma: number;
  /** Their excess kurtosis; null where it is not known. */
  kurtosis: number | null;
  /** Largest |w − mean| of the bulk, in units of the size that makes an outlier. */
  keptMargin: number;
  /** |mean| of the bulk in units of the size that makes an outlier. */
  meanMargin: number;
}

/**
 * Largest eigenvalues of shuffled copies of the matrix with every entry cut off at τ: what entries that make no outlier do.
 */
export interface MonteCarloReference {
  tops: Float64Array;
}

/** Beyond these the edge does not follow the Tracy–Widom law well enough; measured, see docs/method.md. */
const MOST_KURTOSIS = 0.05;
const LARGEST_KEPT = 0.75;
/** A mean below this part of the mean that makes a trap leaves the edge where it is. */
const HARMLESS_MEAN = 0.3;
/** Mean and standard deviation of the Tracy–Widom law of order 1. */
const TW_MEAN = -1.206533574582;
const TW_DEVIATION = 1.267983057524;

/** Whether the edge has no law one could test against: the bulk's kurtosis is unknown or above 0.05√(NM), or an entry of it above ¾ τ. */
export function isHeavyTailed({
  N,
  M,
  kurtosis,
  keptMargin,
}: Pick<EntryNull, "N" | "M" | "kurtosis" | "keptMargin">): boolean {
  return kurtosis === null || kurtosis > MOST_KURTOSIS * Math.sqrt(N * M) || keptMargin > LARGEST_KEPT;
}

/** The margin of an entry, or of a mean, whose outlier has this p-value. */
export function marginThreshold(level: number, entries: EntryNull): number {
  return spikeMargin(edgeThreshold(level, edgeOf(entries)), entries);
}

/** Whether the mean must be taken out before the shuffle, so that it is not counted among the entries' traps. */
export function needsCentring(level: number, entries: EntryNull): boolean {
  return entries.meanMargin > HARMLESS_MEAN * marginThreshold(level, entries);
}

/** The probability that the k-th largest eigenvalue (k from 1) is at least this large if no entry is above τ. */
export function outlierPValue(
  eigenvalue: number,
  k: number,
  entries: EntryNull,
  reference: MonteCarloReference | null,
): number {
  return reference === null
    ? edgePValue(eigenvalue, edgeOf(entries), k)
    : referencePValue(eigenvalue, entries, reference);
}

/** Outliers of one shuffled copy. */
export interface ReplicaTraps {
  /** Leading eigenvalues with p at most the level. */
  count: number;
  /** p-values of the leading eigenvalues, up to the first that is no trap: none is below the one before it. */
  p: number[];
}

/**
 * Counts outliers from the top, each tested on what the ones before it leave, until the first that is none: with probability
 * 1 − level at least, no copy without a trap gets one, and none gets one too many.
 *
 * @param eigenvalues of the copy, ascending.
 */
export function countTraps(
  eigenvalues: Float64Array,
  level: number,
  entries: EntryNull,
  reference: MonteCarloReference | null,
): ReplicaTraps {
  const descending = eigenvalues.toReversed();
  const pValue = (lambda: number, k: number) => outlierPValue(lambda, k, entries, reference);
  const { count, pValues } = countBeyond(descending, entries.M - 1, level, pValue);
  return { count, p: [...pValues] };
}

/** p-value of the first outlier over several copies. */
export function firstPValue(copies: readonly ReplicaTraps[]): number {
  return combinePValues(copies.map(({ p }) => p[0] ?? 1));
}

/** Eigenvalues below the lower edge of the bulk, counted as traps are; null where that edge has no law. */
export function belowEdge(
  eigenvalues: Float64Array,
  level: number,
  entries: EntryNull,
): { count: number; p: number } | null {
  const { count, pValues } = countBelowEdge(eigenvalues, edgeOf(entries), level);
  return count === null ? null : { count, p: pValues[0]! };
}

/** p-value of the outlier that the mean makes; the mean is known, so it needs no copy. */
export function meanPValue(entries: EntryNull, reference: MonteCarloReference | null): number {
  return outlierPValue(spikeEigenvalue(entries.meanMargin, entries), 1, entries, reference);
}

/**
 * Kolmogorov–Smirnov distance of a shuffled spectrum, its traps apart, from the Marchenko–Pastur law of the bulk entries.
 * The eigenvalues repel each other, so the distance of a perfect spectrum is far below that of independent numbers.
 */
export function bulkDistance(
  eigenvalues: Float64Array,
  traps: number,
  { N, M, sigma }: Pick<EntryNull, "N" | "M" | "sigma">,
): number {
  const n = eigenvalues.length - traps;
  let distance = 0;
  for (let i = 0; i < n; i++) {
    const expected = marchenkoPasturCdf(eigenvalues[i]!, { N, M, sigma });
    distance = Math.max(distance, Math.abs(expected - i / n), Math.abs(expected - (i + 1) / n));
  }
  return distance;
}

/**
 * The copies of the reference give the mean of the largest eigenvalue and its spread; the shape is that of the Tracy–Widom
 * law. Of few copies the spread is uncertain, so that of the law is the least that is believed.
 */
function referencePValue(eigenvalue: number, entries: EntryNull, { tops }: MonteCarloReference): number {
  const B = tops.length;
  const mean = tops.reduce((sum, top) => sum + top, 0) / B;
  const variance = tops.reduce((sum, top) => sum + (top - mean) ** 2, 0) / (B - 1);
  const deviation = Math.max(Math.sqrt(variance), TW_DEVIATION * edgeScale(entries));
  const z = (eigenvalue - mean) / (deviation * Math.sqrt(1 + 1 / B));
  return tracyWidomSf(TW_MEAN + TW_DEVIATION * z);
}

/** What one unit of the edge statistic is in eigenvalues. */
function edgeScale({ N, M, sigma }: EntryNull): number {
  const [a, b] = [Math.sqrt(N - 0.5), Math.sqrt(M - 0.5)];
  return sigma ** 2 * (a + b) * (1 / a + 1 / b) ** (1 / 3);
}

function edgeOf({ N, M, sigma, kurtosis }: EntryNull): EdgeNull {
  return { N, M, sigma, kurtosis: kurtosis ?? 0 };
}
