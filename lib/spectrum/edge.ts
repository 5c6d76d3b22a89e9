import type { Reason } from "./reason.ts";
import { tracyWidomLogSfJet, tracyWidomQuantile, tracyWidomUpperQuantile } from "./tracy-widom.ts";

/** Independent centred entries, in a matrix of sides N ≥ M: what a spectrum's edge is tested against. */
export interface EdgeNull {
  N: number;
  M: number;
  /** Standard deviation of the entries, known exactly, as a shuffle leaves it: √(Σw²/(NM)). */
  sigma: number;
  /** Excess kurtosis of the entries, zero for normal ones. */
  kurtosis: number;
}

/** How many eigenvalues lie beyond an edge, one after the other. */
export interface EdgeCount {
  count: number;
  /** Of the counted ones and of the first that is not, each at least as large as the one before. */
  pValues: Float64Array;
}

/** Centre and scale of T, and what the known trace does to its tail. */
interface Edge {
  centre: number;
  scale: number;
  /** Half the variance that a free trace would add to T. */
  trace: number;
}

/**
 * T of the k-th largest eigenvalue of WᵀW, k − 1 outliers above it taken as real. With N′ = N − k + 1, M′ = M − k + 1 and
 * r = √(N′−½) + √(M′−½) (Z. Ma, Bernoulli 18, 2012: second order in M′),
 *
 *     T = [λ/σ² − r²(1 + κ/√(N′M′))] / [r (1/√(N′−½) + 1/√(M′−½))^⅓]
 *
 * follows F1 but for the trace correction of `edgePValue`. The term with the excess kurtosis κ is the edge's shift to
 * first order in the fourth cumulant: 1 + (z−1+g)m + gzm² + (κ/N)(zmm̃)² = 0 with g = M/N, zmm̃ = ±g^(−½) at the edges.
 *
 * Holds for κ ≤ 0.05 √(NM); above that, entries rather than the edge decide.
 *
 * @throws RangeError unless N ≥ M ≥ 1, sigma > 0 and k is 1 … M.
 */
export function edgeStatistic(lambda: number, noise: EdgeNull, k = 1): number {
  const { centre, scale } = upperEdge(noise, k);
  return (lambda / noise.sigma ** 2 - centre) / scale;
}

/**
 * P(T′ ≥ T) of pure noise with this very Σw²: with L = log(1 − F1),
 *
 *     p = exp(L − c(L′² + L″)),  c = (r²/scale)²/(N′M′).
 *
 * Dividing by the trace takes the variance 2/(NM) out of λ/σ² (B. Nadler, J. Multivariate Anal. 102, 2011: 1 − F1 + c F1″); the
 * exponential agrees with it to first order and stays positive.
 */
export function edgePValue(lambda: number, noise: EdgeNull, k = 1): number {
  return Math.exp(edgeLogPValue(lambda, noise, k));
}

/** Natural logarithm of `edgePValue`, which keeps large outliers apart where p is zero. */
export function edgeLogPValue(lambda: number, noise: EdgeNull, k = 1): number {
  const edge = upperEdge(noise, k);
  return logTail((lambda / noise.sigma ** 2 - edge.centre) / edge.scale, edge.trace);
}

/**
 * The eigenvalue whose p-value as the k-th largest is `p`.
 *
 * @throws RangeError unless 0 < p ≤ ½.
 */
export function edgeThreshold(p: number, noise: EdgeNull, k = 1): number {
  if (!(p > 0 && p <= 0.5)) throw new RangeError(`a threshold needs 0 < p ≤ 0.5, got ${p}`);
  const { centre, scale, trace } = upperEdge(noise, k);
  return noise.sigma ** 2 * (centre + scale * criticalValue(p, trace));
}

/**
 * How far the largest eigenvalue of noise strays from the centre of its law, in eigenvalue units: below it and above it, `coverage`
 * of the time, equal chances on either side.
 */
export function edgeSpread(noise: EdgeNull, coverage: number): { below: number; above: number } {
  const unit = noise.sigma ** 2 * upperEdge(noise, 1).scale;
  const tail = (1 - coverage) / 2;
  return { below: -unit * tracyWidomQuantile(tail), above: unit * tracyWidomUpperQuantile(tail) };
}

/**
 * Outliers above the upper edge: the leading k whose p-values, the largest of them so far, are at most `level`. Where they
 * stop is the test of a true hypothesis if all outliers before are real, so P(count too high) ≤ level.
 *
 * @param descending eigenvalues of WᵀW, the largest first; only as many as are counted, and one, are looked at.
 */
export function countAboveEdge(descending: ArrayLike<number>, noise: EdgeNull, level: number): EdgeCount {
  const most = Math.min(descending.length, noise.M);
  return countBeyond(descending, most, level, (lambda, k) => edgePValue(lambda, noise, k));
}

/**
 * Least N − M at which the lower edge has a Tracy–Widom law. Nearer to a square the smallest eigenvalue feels zero, the hard edge
 * (A. Edelman 1988): the law's scale over its centre, τ ≈ ((N−M)/2)^(−⅔) whatever M, is 0.4 here.
 */
export const SOFT_EDGE_GAP = 8;

/**
 * T of the k-th smallest eigenvalue of WᵀW, positive below the edge; the k − 1 smaller ones count as directions without noise,
 * so M′ = M − k + 1 and N stays. With r = √(N−½) − √(M′−½), μ = r², τ = (1/√(M′−½) − 1/√(N−½))^⅓/r
 * (O. N. Feldheim, S. Sodin, GAFA 20, 2010, for the law; Z. Ma 2012 for logarithm, constants and τ²/8),
 *
 *     T = [log(μ(1 − κ/√(NM′))) + τ²/8 − log(λ/σ²)] / τ.
 *
 * A kurtosis widens the bulk at both ends: see `edgeStatistic`.
 *
 * @returns null where N − M < SOFT_EDGE_GAP, or the kurtosis leaves no edge above zero.
 * @throws RangeError as `edgeStatistic`.
 */
export function lowerEdgeStatistic(lambda: number, noise: EdgeNull, k = 1): number | null {
  const edge = lowerEdge(noise, k);
  return edge === null ? null : (edge.centre - Math.log(lambda / noise.sigma ** 2)) / edge.scale;
}

/** P(T′ ≥ T) at the lower edge, corrected for the known trace as `edgePValue`, c = 1/(τ²NM′); null where T is. */
export function lowerEdgePValue(lambda: number, noise: EdgeNull, k = 1): number | null {
  const edge = lowerEdge(noise, k);
  if (edge === null) return null;
  if (lambda <= 0) return 0;
  const T = (edge.centre - Math.log(lambda / noise.sigma ** 2)) / edge.scale;
  return Math.exp(logTail(T, edge.trace));
}

/**
 * Eigenvalues below the lower edge, calibrated as `countAboveEdge`: dead or nearly dependent directions.
 *
 * @param ascending eigenvalues of WᵀW, all M of them from the smallest on; zero counts, with p = 0.
 * @returns null with reason `hard_edge` where the lower edge has no Tracy–Widom law.
 */
export function countBelowEdge(
  ascending: ArrayLike<number>,
  noise: EdgeNull,
  level: number,
): (EdgeCount & { reason: null }) | { count: null; pValues: null; reason: Reason } {
  if (lowerEdge(noise, 1) === null) return { count: null, pValues: null, reason: "hard_edge" };
  const most = Math.min(ascending.length, noise.M);
  const pValue = (lambda: number, k: number): number => lowerEdgePValue(lambda, noise, k) ?? 1;
  return { ...countBeyond(ascending, most, level, pValue), reason: null };
}

/** Tests the first eigenvalue, then the second, `most` at most, until one is not beyond the edge: see `countAboveEdge`. */
export function countBeyond(
  eigenvalues: ArrayLike<number>,
  most: number,
  level: number,
  pValue: (lambda: number, k: number) => number,
): EdgeCount {
  const pValues: number[] = [];
  let largest = 0;
  for (let k = 1; k <= most; k++) {
    largest = Math.max(largest, pValue(eigenvalues[k - 1]!, k));
    pValues.push(largest);
    if (!(largest <= level)) return { count: k - 1, pValues: Float64Array.from(pValues) };
  }
  return { count: most, pValues: Float64Array.from(pValues) };
}

function upperEdge(noise: EdgeNull, k: number): Edge {
  checkNoise(noise, k);
  const n = noise.N - k + 1;
  const m = noise.M - k + 1;
  const [a, b] = [Math.sqrt(n - 0.5), Math.sqrt(m - 0.5)];
  const r = a + b;
  const scale = r * Math.cbrt(1 / a + 1 / b);
  return {
    centre: r * r * (1 + noise.kurtosis / Math.sqrt(n * m)),
    scale,
    trace: (r * r) ** 2 / (scale * scale * n * m),
  };
}

/** Centre and scale of log(λ/σ²); null near the hard edge. */
function lowerEdge(noise: EdgeNull, k: number): Edge | null {
  checkNoise(noise, k);
  const n = noise.N;
  const m = noise.M - k + 1;
  const [a, b] = [Math.sqrt(n - 0.5), Math.sqrt(m - 0.5)];
  const r = a - b;
  const scale = Math.cbrt(1 / b - 1 / a) / r;
  const shift = 1 - noise.kurtosis / Math.sqrt(n * m);
  if (n - m < SOFT_EDGE_GAP || !(shift > 0)) return null;
  return {
    centre: 2 * Math.log(r) + Math.log(shift) + (scale * scale) / 8,
    scale,
    trace: 1 / (scale * scale * n * m),
  };
}

function checkNoise({ N, M, sigma }: EdgeNull, k: number): void {
  if (!(M >= 1 && N >= M && sigma > 0)) {
    throw new RangeError(`the edge needs N ≥ M ≥ 1 and sigma > 0, got N=${N}, M=${M}, sigma=${sigma}`);
  }
  if (!(Number.isInteger(k) && k >= 1 && k <= M)) throw new RangeError(`k is one of 1 … ${M}, got ${k}`);
}

/** log p at T. Far left of the mode, where the correction has the other sign, it could exceed one. */
function logTail(T: number, trace: number): number {
  const { value, first, second } = tracyWidomLogSfJet(T);
  return Math.min(0, value - trace * (first * first + second));
}

/** T with p-value p ≤ ½, by bisection: left of −3 p is above ½, and right of the median the correction makes it smaller. */
function criticalValue(p: number, trace: number): number {
  const target = Math.log(p);
  let [low, high] = [-3, tracyWidomUpperQuantile(p)];
  for (;;) {
    const middle = (low + high) / 2;
    if (!(middle > low && middle < high)) return high;
    if (logTail(middle, trace) > target) low = middle;
    else high = middle;
  }
}
