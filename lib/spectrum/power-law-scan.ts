import { largestDeviation } from "./tail-deviation.ts";

/** Best start of a power-law tail. */
export interface TailFit {
  /** Index of xmin in the data. */
  index: number;
  /** Exponent; Infinity when all fitted values are equal. */
  alpha: number;
  /** Kolmogorov–Smirnov distance of the fitted tail, lower step only. */
  D: number;
}

/** Candidates tried first, so that the others meet a good distance to beat. */
const PROBES = 48;

/**
 * Continuous maximum-likelihood exponent of every tail: alpha[i] = 1 + n / Σ_{j≥i} ln(x[j]/x[i]), n = number
 * of values from i on (Clauset, Shalizi and Newman 2009, eq. 3.1). The sums are built downwards from
 * non-negative terms, so nearly equal values lose no digits.
 */
export function tailExponents(data: Float64Array): Float64Array {
  const exponents = new Float64Array(Math.max(0, data.length - 1));
  let sum = 0;
  for (let i = data.length - 2; i >= 0; i--) {
    const above = data.length - 1 - i;
    sum += above * Math.log1p((data[i + 1]! - data[i]!) / data[i]!);
    exponents[i] = 1 + (above + 1) / sum;
  }
  return exponents;
}

/**
 * The tail with the smallest distance D[i] = max_j |deviation(i, j)| over all starts but the last value, the
 * first one on a tie; D is 1 where alpha ≤ 1. Every start is compared, yet few deviations are computed: a
 * start is given up at its first deviation that cannot win, and blocks of j that cannot hold the maximum are
 * skipped. Same bits as the full scan.
 *
 * @param data ascending, positive, at least two values.
 */
export function scanTails(data: Float64Array): TailFit {
  const starts = data.length - 1;
  const exponents = tailExponents(data);
  const best: TailFit = { index: -1, alpha: Number.NaN, D: Number.POSITIVE_INFINITY };
  let worst = 0;

  const visit = (index: number): void => {
    const alpha = exponents[index]!;
    const wins = (D: number): boolean => D < best.D || (D === best.D && index < best.index);
    let D = 1;
    if (alpha > 1) {
      const tail = largestDeviation(data, index, alpha, Math.max(worst, index), wins);
      worst = tail.at;
      D = tail.D;
    }
    if (wins(D)) Object.assign(best, { index, alpha, D });
  };

  const stride = Math.max(1, Math.ceil(starts / PROBES));
  for (let index = 0; index < starts; index += stride) visit(index);
  for (let index = 0; index < starts; index++) if (index % stride !== 0) visit(index);
  return best;
}

/** Kolmogorov–Smirnov distance of the tail from data[i] on, lower step only: max_j |deviation(i, j)|; 1 where alpha ≤ 1. */
export function tailDistance(data: Float64Array, i: number, alpha: number): number {
  return alpha > 1 ? largestDeviation(data, i, alpha, i, () => true).D : 1;
}
