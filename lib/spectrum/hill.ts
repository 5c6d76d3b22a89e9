import { tailExponents } from "./power-law-scan.ts";

/**
 * Hill's estimate of the exponent over the upper half of a spectrum: with i = ⌊n/2⌋ and the k = n − i eigenvalues from
 * λ_i on (counted from 0, ascending),
 *
 *     alpha = 1 + k / Σ_{j≥i} ln(λ_j/λ_i).
 *
 * No start of the tail is searched for: a smooth number, made for comparing the layers of one model (B. Hill 1975; as
 * PL_Alpha_Hill in the layer-wise training and pruning of Zhou et al. 2023 and Lu et al. 2024, whose k is this one).
 *
 * @param eigenvalues ascending, at least two; λ_i must be positive.
 * @returns Infinity when the upper half is of equal eigenvalues.
 */
export function hillExponent(eigenvalues: Float64Array): number {
  if (eigenvalues.length < 2) throw new RangeError(`${eigenvalues.length} eigenvalues have no exponent`);
  return tailExponents(eigenvalues.subarray(hillStart(eigenvalues.length)))[0]!;
}

/** Index of the first of the n eigenvalues that {@link hillExponent} uses. */
export function hillStart(n: number): number {
  return Math.min(Math.floor(n / 2), n - 2);
}
