import { edgePValue } from "./edge.ts";

/** Noise of a matrix that is noise and a few strong directions. */
export interface BulkEstimate {
  /** σ² of the noise entries. */
  variance: number;
  /** Eigenvalues above the noise. */
  spikes: number;
}

/** A bulk of fewer eigenvalues is none. */
export const LEAST_BULK = 10;

const ROUNDS = 100;
const TOLERANCE = 1e-12;

/**
 * Noise variance and number of spikes (S. Kritchman, B. Nadler, Chemom. Intell. Lab. Syst. 94, 2008; IEEE TSP 57, 2009). For k
 * spikes l_i = λ_i/N the variance solves
 *
 *     σ² = [Σ_rest l + Σ_spikes (l_i − ρ_i)] / (M − k),   ρ² − ρ(l + σ²(1 − (M−k)/N)) + lσ² = 0,
 *
 * ρ_i, the upper root, being what l_i would be without the noise it draws in. k is the smallest at which the next eigenvalue's
 * p-value, for normal noise of this variance, exceeds `level`. Within 1% up to 5% spikes and,
 * for Q ≥ 2, 2% up to 20%; beyond that, and for squares from 20% on, too large.
 *
 * With one spike more the variance is never larger: each spike stands above its noise, ρ_i > σ². So where the next eigenvalue exceeds the
 * edge of a variance that is known already, for fewer spikes, it exceeds its own, and only where it does not the equation is
 * solved anew: O(k) operations each time, a few dozen times whatever k.
 *
 * @param ascending the M eigenvalues of WᵀW, not divided by N, none of them zero.
 * @returns null if no such k leaves LEAST_BULK eigenvalues.
 */
export function kritchmanNadler(ascending: Float64Array, N: number, level: number): BulkEstimate | null {
  const M = ascending.length;
  let rest = ascending.reduce((sum, lambda) => sum + lambda, 0) / N;
  let bound = Number.POSITIVE_INFINITY;
  for (let k = 0; M - k >= LEAST_BULK; k++) {
    const next = ascending[M - 1 - k]!;
    const isNoise = (variance: number) =>
      edgePValue(next, { N, M, sigma: Math.sqrt(variance), kurtosis: 0 }, k + 1) > level;
    if (k === 0 || isNoise(bound)) {
      bound = selfConsistentVariance(ascending, N, k, rest);
      if (isNoise(bound)) return { variance: bound, spikes: k };
    }
    rest -= next / N;
  }
  return null;
}

/** σ² for k spikes, by iteration; `rest` is the sum of the other l. */
function selfConsistentVariance(ascending: Float64Array, N: number, k: number, rest: number): number {
  const M = ascending.length;
  let variance = rest / (M - k);
  for (let round = 0; round < ROUNDS; round++) {
    let drawn = 0;
    for (let i = M - k; i < M; i++) {
      const l = ascending[i]! / N;
      drawn += l - populationSpike(l, variance, (M - k) / N);
    }
    const next = (rest + drawn) / (M - k);
    if (Math.abs(next - variance) <= TOLERANCE * variance) return next;
    variance = next;
  }
  return variance;
}

/** Upper root of ρ² − ρ(l + σ²(1 − γ)) + lσ² = 0; where l lies inside the bulk, and there is none, their real part. */
export function populationSpike(l: number, variance: number, ratio: number): number {
  const half = (l + variance * (1 - ratio)) / 2;
  return half + Math.sqrt(Math.max(0, half * half - l * variance));
}
