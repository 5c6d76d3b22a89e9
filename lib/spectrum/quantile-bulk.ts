import { countAboveEdge } from "./edge.ts";
import { type BulkEstimate, LEAST_BULK } from "./kritchman-nadler.ts";
import { marchenkoPasturQuantile } from "./marchenko-pastur.ts";

/** Part of the bulk that is compared: away from zero, where deviations start, and from the upper edge, where spikes sit. */
const LOWEST = 0.15;
const HIGHEST = 0.65;
/** Ranks compared; more do not change a median. */
const RANKS = 256;

/**
 * Noise variance as the median of λ_(i) over the Marchenko–Pastur quantile of its rank, among the ranks from 15% to 65% of the
 * M − k smallest eigenvalues, which are those of an (N−k) × (M−k) noise matrix. k, from zero on, is the count above the edge at
 * `level`, until it grows no more. Less exact than Kritchman and Nadler's estimate of few spikes, less wrong of very many.
 *
 * @param ascending the M eigenvalues of WᵀW, not divided by N, none of them zero.
 * @returns null if fewer than LEAST_BULK eigenvalues are left.
 */
export function quantileBulk(ascending: Float64Array, N: number, level: number): BulkEstimate | null {
  const M = ascending.length;
  const descending = ascending.toReversed();
  for (let spikes = 0; M - spikes >= LEAST_BULK; ) {
    const variance = quantileVariance(ascending.subarray(0, M - spikes), N - spikes);
    const noise = { N, M, sigma: Math.sqrt(variance), kurtosis: 0 };
    const { count } = countAboveEdge(descending, noise, level);
    if (count <= spikes) return { variance, spikes };
    spikes = count;
  }
  return null;
}

function quantileVariance(bulk: Float64Array, N: number): number {
  const M = bulk.length;
  const law = { N, M, sigma: 1 };
  const first = Math.ceil(LOWEST * M);
  const last = Math.floor(HIGHEST * M);
  const stride = Math.ceil((last - first + 1) / RANKS);
  const ratios: number[] = [];
  for (let i = first; i <= last; i += stride) {
    ratios.push(bulk[i]! / marchenkoPasturQuantile((i + 0.5) / M, law));
  }
  ratios.sort((a, b) => a - b);
  const middle = ratios.length / 2;
  return (ratios[Math.ceil(middle) - 1]! + ratios[Math.floor(middle)]!) / 2;
}
