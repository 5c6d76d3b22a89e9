import { type MarchenkoPasturLaw, marchenkoPasturCdf } from "../../spectrum/index.ts";

export interface GoodnessOfLaw {
  /** Kolmogorov–Smirnov distance, both steps of the empirical distribution. */
  distance: number;
  /** For independent numbers. Eigenvalues repel each other and keep closer to their law, so p of a true law is near 1. */
  p: number;
}

/**
 * The Kolmogorov–Smirnov test of a spectrum against a Marchenko–Pastur law, as the paper's table 4 has it.
 *
 * @param eigenvalues of WᵀW, ascending, at least one.
 */
export function marchenkoPasturTest(eigenvalues: Float64Array, law: MarchenkoPasturLaw): GoodnessOfLaw {
  const n = eigenvalues.length;
  let distance = 0;
  for (let i = 0; i < n; i++) {
    const expected = marchenkoPasturCdf(eigenvalues[i]!, law);
    distance = Math.max(distance, expected - i / n, (i + 1) / n - expected);
  }
  return { distance, p: kolmogorovSf((Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance) };
}

/**
 * P(K > x) of Kolmogorov's law, 2 Σ (−1)^(k−1) exp(−2k²x²); for small x its other series, 1 − √(2π)/x Σ exp(−(2k−1)²π²/(8x²)).
 * The factor of the distance above makes it good from n = 4 on (M. A. Stephens, J. R. Statist. Soc. B 32, 1970).
 */
export function kolmogorovSf(x: number): number {
  if (x < 0.2) return 1;
  let sum = 0;
  if (x < 1.2) {
    for (let k = 1; k <= 9; k += 2) sum += Math.exp(-((k * Math.PI) ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  for (let k = 1; k <= 5; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * (k * x) ** 2);
  return sum;
}
