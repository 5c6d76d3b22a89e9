import { scanTails } from "./power-law-scan.ts";
import { firstAbove, firstFrom } from "./search.ts";
import { deviation } from "./tail-deviation.ts";

/** WeightWatcher's cut, absolute: eigenvalues up to here are left out of every power-law fit. */
export const WEIGHTWATCHER_CUT = 1e-5;

export interface PowerLawFit {
  /** Exponent of the density λ^−alpha; Infinity when all fitted eigenvalues are equal. */
  alpha: number;
  /** First eigenvalue of the tail. */
  xmin: number;
  /** Largest fitted eigenvalue; it does not enter the likelihood. */
  xmax: number;
  /** Kolmogorov–Smirnov distance, lower step of the empirical distribution only. */
  D: number;
  /** (alpha − 1)/√n: standard error for n independent values, which eigenvalues are not. */
  sigma: number;
  /** Eigenvalues ≥ xmin. */
  numPlSpikes: number;
}

/**
 * Power-law tail of a spectrum: maximum-likelihood exponent at each possible xmin, the xmin of smallest
 * Kolmogorov–Smirnov distance (Clauset, Shalizi and Newman 2009, sections 3.1 and 3.3), with WeightWatcher
 * 0.7.5.5's ways: eigenvalues up to `cut` are left out, only the lower step of the empirical distribution is
 * compared, every start but the last value is tried, the first of equal distances is taken.
 *
 * @param eigenvalues ascending.
 * @param cut in the eigenvalues' units.
 * @returns null with fewer than two eigenvalues above the cut.
 */
export function fitPowerLaw(eigenvalues: Float64Array, cut = WEIGHTWATCHER_CUT): PowerLawFit | null {
  return fitTail(eigenvalues.subarray(firstAbove(eigenvalues, cut)), eigenvalues);
}

/**
 * The same fit without the k largest eigenvalues, as WeightWatcher's integer `xmax`: `numPlSpikes` counts
 * the rest. Its quirk is kept: with k above half the number of eigenvalues nothing is dropped, k is read as a
 * value, and the data end at the eigenvalue closest to it.
 *
 * @throws RangeError unless k is a positive integer.
 */
export function fitWithoutTop(eigenvalues: Float64Array, k: number): PowerLawFit | null {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`k must be a positive integer, got ${k}`);
  if (k <= eigenvalues.length / 2) return fitPowerLaw(eigenvalues.subarray(0, eigenvalues.length - k));
  const data = eigenvalues.subarray(firstAbove(eigenvalues, WEIGHTWATCHER_CUT));
  return fitTail(data.subarray(0, closest(data, k) + 1), eigenvalues);
}

/**
 * True Kolmogorov–Smirnov distance of the tail from `xmin` on: both steps of the empirical distribution.
 *
 * @param eigenvalues ascending, up to the largest fitted one.
 */
export function twoSidedDistance(
  eigenvalues: Float64Array,
  { alpha, xmin }: Pick<PowerLawFit, "alpha" | "xmin">,
): number {
  const tail = eigenvalues.subarray(firstFrom(eigenvalues, xmin));
  let distance = 0;
  for (let j = 0; j < tail.length; j++) {
    const below = deviation(tail, 0, j, alpha);
    distance = Math.max(distance, Math.abs(below), Math.abs(below - 1 / tail.length));
  }
  return distance;
}

/** Fit of `data`; the spikes are counted in `counted`. */
function fitTail(data: Float64Array, counted: Float64Array): PowerLawFit | null {
  if (data.length < 2) return null;
  const { index, alpha, D } = scanTails(data);
  const xmin = data[index]!;
  return {
    alpha,
    xmin,
    xmax: data[data.length - 1]!,
    D,
    sigma: (alpha - 1) / Math.sqrt(data.length - index),
    numPlSpikes: counted.length - firstFrom(counted, xmin),
  };
}

/** Index of the first of the values closest to x. */
function closest(values: Float64Array, x: number): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if (Math.abs(values[i]! - x) < Math.abs(values[best]! - x)) best = i;
  }
  return best;
}
