import { WEIGHTWATCHER_CUT } from "./power-law.ts";
import { tailDistance, tailExponents } from "./power-law-scan.ts";
import { firstAbove } from "./search.ts";

/** Bins of a sketched spectrum, equal in log λ. */
export const SKETCH_BINS = 128;
/** Starts of a tail whose fits are sketched. */
export const SKETCH_CANDIDATES = 64;
/** Largest eigenvalues that are kept one by one. */
export const SKETCH_TOP = 20;

/** Digits of what is only looked at; the exact values stand in the row. */
const DIGITS = 5;
const TOP_DIGITS = 8;

/** One spectrum as a histogram over the edges of its sketch. */
export interface SketchedSpectrum {
  /** {@link SKETCH_BINS} counts, ascending in λ. */
  counts: number[];
  /** Eigenvalues left of the first bin: zeros, and what lies below the promise. */
  below: number;
  /** The largest eigenvalues, descending, 8 digits; at most {@link SKETCH_TOP}. */
  top: number[];
}

/** Fits of a power law to the tail from each of a few starts, ascending; 5 digits. */
export interface SketchedTails {
  xmin: number[];
  /** Null where all of the tail is equal. */
  alpha: (number | null)[];
  /** Kolmogorov–Smirnov distances, as in the column `D`. */
  D: number[];
}

/** What a picture of a matrix needs, in about a kilobyte. */
export interface Sketch {
  /** Outer edges of the bins, the same for both spectra; null if no eigenvalue is above the promise. */
  low: number | null;
  high: number | null;
  eigenvalues: SketchedSpectrum;
  /** Of the first shuffled copy; null without one. */
  shuffled: SketchedSpectrum | null;
  /** Null with fewer than two eigenvalues above WeightWatcher's cut. */
  tails: SketchedTails | null;
}

/**
 * Sketches the spectrum of a matrix and that of its shuffled copy.
 *
 * @param eigenvalues ascending, not below 0.
 * @param shuffled the same of the shuffled copy, or null.
 * @param promise eigenvalues up to promise·λmax are only counted: where they lie is rounding.
 */
export function sketchSpectra(
  eigenvalues: Float64Array,
  shuffled: Float64Array | null,
  promise: number,
): Sketch {
  const spectra = shuffled === null ? [eigenvalues] : [eigenvalues, shuffled];
  const certain = spectra.map((values) =>
    values.subarray(firstAbove(values, promise * (values.at(-1) ?? 0))),
  );
  const low = Math.min(...certain.map((values) => values[0] ?? Number.POSITIVE_INFINITY));
  const high = Math.max(...certain.map((values) => values.at(-1) ?? Number.NEGATIVE_INFINITY));
  const range = low <= high ? { low, high } : null;
  return {
    low: range?.low ?? null,
    high: range?.high ?? null,
    eigenvalues: sketchOne(eigenvalues, certain[0]!, range),
    shuffled: shuffled === null ? null : sketchOne(shuffled, certain[1]!, range),
    tails: sketchTails(eigenvalues.subarray(firstAbove(eigenvalues, WEIGHTWATCHER_CUT))),
  };
}

function sketchOne(
  all: Float64Array,
  certain: Float64Array,
  range: { low: number; high: number } | null,
): SketchedSpectrum {
  const counts = new Array<number>(SKETCH_BINS).fill(0);
  if (range !== null) {
    const width = Math.log(range.high / range.low) / SKETCH_BINS;
    for (const value of certain) {
      const bin = width > 0 ? Math.floor(Math.log(value / range.low) / width) : 0;
      counts[Math.min(bin, SKETCH_BINS - 1)]! += 1;
    }
  }
  const top = [...all.subarray(Math.max(0, all.length - SKETCH_TOP))].reverse();
  return {
    counts,
    below: all.length - certain.length,
    top: top.map((value) => rounded(value, TOP_DIGITS)),
  };
}

/** Starts are spread evenly over the logarithm of the number of eigenvalues in the tail, from all of them to two. */
function sketchTails(data: Float64Array): SketchedTails | null {
  if (data.length < 2) return null;
  const exponents = tailExponents(data);
  const last = SKETCH_CANDIDATES - 1;
  const sizes = Array.from({ length: SKETCH_CANDIDATES }, (_, i) =>
    Math.round(2 * (data.length / 2) ** ((last - i) / last)),
  );
  const tails: SketchedTails = { xmin: [], alpha: [], D: [] };
  for (const size of new Set(sizes)) {
    const start = data.length - size;
    const alpha = exponents[start]!;
    tails.xmin.push(rounded(data[start]!, DIGITS));
    tails.alpha.push(Number.isFinite(alpha) ? rounded(alpha, DIGITS) : null);
    tails.D.push(rounded(tailDistance(data, start, alpha), DIGITS));
  }
  return tails;
}

function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}
