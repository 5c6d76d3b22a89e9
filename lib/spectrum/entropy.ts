import { matrixRank } from "./ranks.ts";
import { sum } from "./sum.ts";

const EPSILON = 1e-10;

/**
 * Normalised spectral entropy, −Σ p ln p / ln(r + ε) with p = λ/Σλ + ε, r the numerical rank and ε = 1e-10
 * (WeightWatcher 0.7.5.5). For rank one the denominator is about 1e-10 and the number has no meaning.
 *
 * @param eigenvalues ascending, at least one. NaN when all are zero.
 */
export function matrixEntropy(eigenvalues: Float64Array, N: number): number {
  const norm = sum(eigenvalues);
  let entropy = 0;
  for (const eigenvalue of eigenvalues) {
    const p = eigenvalue / norm + EPSILON;
    entropy -= p * Math.log(p);
  }
  return entropy / Math.log(matrixRank(eigenvalues, N) + EPSILON);
}
