import { fullestBin } from "./histogram.ts";
import { type PowerLawFit, WEIGHTWATCHER_CUT } from "./power-law.ts";
import { tailExponents } from "./power-law-scan.ts";
import { firstAbove, firstFrom } from "./search.ts";
import { deviation } from "./tail-deviation.ts";

const BINS = 100;

/**
 * WeightWatcher's `fix_fingers='xmin_peak'` with the external powerlaw package (1.5 line): p is the left edge of the
 * fullest of 100 bins of log10 λ, and xmin may lie in [log10(0.95 p), 1.5 p]; the lower end is a logarithm
 * by mistake, hence usually no limit. The package leaves out the last possible xmin, and counts equal values once
 * as a start and as a step of the empirical distribution.
 *
 * @param eigenvalues ascending.
 * @returns null with fewer than two different candidates.
 */
export function fitNearPeak(eigenvalues: Float64Array): Omit<PowerLawFit, "xmax"> | null {
  const data = eigenvalues.subarray(firstAbove(eigenvalues, WEIGHTWATCHER_CUT));
  if (data.length < 2) return null;
  const peak = 10 ** fullestBin(data.map(Math.log10), BINS);
  const end = firstAbove(data, 1.5 * peak);
  const starts = firstOfEquals(data, firstFrom(data, Math.log10(0.95 * peak)), end).slice(0, -1);

  const exponents = tailExponents(data);
  const steps = firstOfEquals(data, 0, data.length);
  let best: { index: number; D: number } | null = null;
  for (const index of starts) {
    const alpha = exponents[index]!;
    let above = 0;
    let below = 0;
    for (const j of steps) {
      if (j < index) continue;
      const difference = deviation(data, index, j, alpha);
      above = Math.max(above, difference);
      below = Math.max(below, -difference);
    }
    const D = Math.max(above, below);
    if (best === null || D < best.D) best = { index, D };
  }
  if (best === null) return null;
  const alpha = exponents[best.index]!;
  const xmin = data[best.index]!;
  return {
    alpha,
    xmin,
    D: best.D,
    sigma: (alpha - 1) / Math.sqrt(data.length - best.index),
    numPlSpikes: eigenvalues.length - firstFrom(eigenvalues, xmin),
  };
}

/** Indices from begin to end (exclusive) whose value differs from the one before. */
function firstOfEquals(data: Float64Array, begin: number, end: number): number[] {
  const indices: number[] = [];
  for (let i = begin; i < end; i++) if (i === begin || data[i] !== data[i - 1]) indices.push(i);
  return indices;
}
