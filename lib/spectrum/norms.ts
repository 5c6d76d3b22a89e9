import { sum } from "./sum.ts";

export interface Norms {
  /** Σλ, the squared Frobenius norm. */
  norm: number;
  logNorm: number;
  /** λmax, the squared spectral norm. */
  spectralNorm: number;
  logSpectralNorm: number;
  /** Σλ/λmax. */
  stableRank: number;
}

/**
 * Norm metrics of a spectrum; logarithms are decimal. Of zeros they are −Infinity and NaN.
 *
 * @param eigenvalues ascending, at least one.
 */
export function norms(eigenvalues: Float64Array): Norms {
  const norm = sum(eigenvalues);
  const spectralNorm = eigenvalues[eigenvalues.length - 1]!;
  return {
    norm,
    logNorm: Math.log10(norm),
    spectralNorm,
    logSpectralNorm: Math.log10(spectralNorm),
    stableRank: norm / spectralNorm,
  };
}

/** log10 Σ λ^alpha over all eigenvalues; not finite where the powers over- or underflow, as in WeightWatcher. */
export function logAlphaNorm(eigenvalues: Float64Array, alpha: number): number {
  return Math.log10(sum(eigenvalues.map((eigenvalue) => eigenvalue ** alpha)));
}
