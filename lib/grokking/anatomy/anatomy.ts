import { localisation } from "../../spectrum/index.ts";
import type { UnpermutedMode } from "./trap.ts";

/** What a trap is made of; all but the norm free of its scale. */
export interface TrapAnatomy {
  /** ‖T‖, Frobenius. */
  norm: number;
  /** Of T's entries: mean and standard deviation. */
  mean: number;
  deviation: number;
  /** ‖mean part‖²/‖T‖² = n·mean²/ΣT²: 1 if all entries are equal. */
  meanShare: number;
  /** Excess kurtosis of the entries about their mean; null if all are equal. */
  kurtosis: number | null;
  /** Part of Σ|T| in the largest 5 % and 10 % of its entries, as the tool reports it. */
  top5: number;
  top10: number;
  /** The largest entry's part of ‖T‖², and its position row·cols + col. */
  peakMass: number;
  peak: number;
  /** (ΣT²)²/ΣT⁴, the number of entries that take part: product of the two below. */
  participation: number;
  /** 1/Σu⁴ of the copy's singular vectors. */
  rowParticipation: number;
  colParticipation: number;
  kind: TrapKind;
}

/**
 * `mean_shift`: at least half of ‖T‖² is its mean. `localised`: otherwise, and one entry holds at least a twentieth of it, and
 * of a small matrix at least twice what one of a mode of noise may hold. `diffuse`: neither.
 */
export type TrapKind = "mean_shift" | "localised" | "diffuse";

const MOSTLY_MEAN = 0.5;
/** u_i²·v_j² of the entry that makes a trap is this at 1.15 times the size that it takes, and 0.15 at 1.3 times (spikeOverlaps). */
const MOSTLY_ONE = 0.05;

/** @throws RangeError for a mode without entries, or all zero. */
export function trapAnatomy({
  values,
  rowVector,
  colVector,
}: Pick<UnpermutedMode, "values" | "rowVector" | "colVector">): TrapAnatomy {
  const n = values.length;
  let [sum, squares, fourths, peak] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const square = values[i]! ** 2;
    sum += values[i]!;
    squares += square;
    fourths += square * square;
    if (square > values[peak]! ** 2) peak = i;
  }
  if (!(squares > 0)) throw new RangeError("a trap without entries, or all zero, has no anatomy");
  const mean = sum / n;
  const { variance, kurtosis } = centralMoments(values, mean);
  const meanShare = Math.min(1, (n * mean * mean) / squares);
  const peakMass = values[peak]! ** 2 / squares;
  const magnitudes = values.map(Math.abs).sort();
  return {
    norm: Math.sqrt(squares),
    mean,
    deviation: Math.sqrt(variance),
    meanShare,
    kurtosis,
    top5: topMass(magnitudes, 0.05),
    top10: topMass(magnitudes, 0.1),
    peakMass,
    peak,
    participation: squares ** 2 / fourths,
    rowParticipation: localisation(rowVector).participation,
    colParticipation: localisation(colVector).participation,
    kind: kindOf(meanShare, peakMass, rowVector.length, colVector.length),
  };
}

function kindOf(meanShare: number, peakMass: number, rows: number, cols: number): TrapKind {
  if (meanShare >= MOSTLY_MEAN) return "mean_shift";
  // The largest squared component of a random unit vector is about 2 ln(n)/n.
  const noise = ((2 * Math.log(rows)) / rows) * ((2 * Math.log(cols)) / cols);
  return peakMass >= Math.max(MOSTLY_ONE, 2 * noise) ? "localised" : "diffuse";
}

function centralMoments(values: Float64Array, mean: number): { variance: number; kurtosis: number | null } {
  let [squares, fourths] = [0, 0];
  for (const value of values) {
    const square = (value - mean) ** 2;
    squares += square;
    fourths += square * square;
  }
  const variance = squares / values.length;
  // Equal entries differ from their mean by its rounding.
  const equal = Math.sqrt(variance) <= values.length * Number.EPSILON * Math.abs(mean);
  return { variance, kurtosis: equal ? null : fourths / values.length / variance ** 2 - 3 };
}

/** @param magnitudes ascending. */
function topMass(magnitudes: Float64Array, share: number): number {
  const all = magnitudes.reduce((total, value) => total + value, 0);
  const top = magnitudes.subarray(magnitudes.length - Math.ceil(share * magnitudes.length));
  return top.reduce((total, value) => total + value, 0) / all;
}
