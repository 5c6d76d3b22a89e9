import { crc32 } from "node:zlib";
import type { Kind, PlannedMatrix } from "./plan.ts";
import { detachmentThreshold, type Outlier } from "./traps.ts";

/** What is known about a written matrix; all numbers are of the decoded one. */
export interface MatrixTruth {
  name: string;
  /** Stored tensor; of an MXFP4 matrix that of its codes. */
  tensor: string;
  kind: Kind;
  rows: number;
  cols: number;
  /** Exponent of the planted tail, else null. */
  alpha: number | null;
  outliers: readonly Outlier[];
  /** Of the row-major little-endian float32 bytes, eight hexadecimal digits. */
  crc32: string;
  sum: number;
  sumSq: number;
  zeros: number;
  /** Standard deviation s without the outliers. */
  bulkDeviation: number;
  /** s·(NM)^¼: a larger entry detaches an eigenvalue of the shuffled matrix. */
  tau: number;
  /** s²(√N + √M)²: where the Marchenko–Pastur bulk of the shuffled WᵀW ends. */
  edge: number;
  /** Eigenvalues of the shuffled WᵀW predicted from the outliers, largest first. */
  spikes: number[];
  /** Shuffled eigenvalues expected clearly above the edge. */
  expectedTraps: number;
}

/** Collects the decoded rows of a matrix in their order. */
export class Tally {
  #crc = 0;
  #sum = 0;
  #sumSq = 0;
  #zeros = 0;

  /** Sums of each call are kept apart from the total, so that rounding does not grow with the matrix. */
  add(values: Float32Array): void {
    let sum = 0;
    let sumSq = 0;
    let zeros = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      sum += value;
      sumSq += value * value;
      if (value === 0) zeros += 1;
    }
    this.#sum += sum;
    this.#sumSq += sumSq;
    this.#zeros += zeros;
    this.#crc = crc32(Buffer.from(values.buffer, values.byteOffset, values.byteLength), this.#crc);
  }

  truth(matrix: PlannedMatrix, tensor: string, outliers: readonly Outlier[]): MatrixTruth {
    const { name, kind, rows, cols, alpha } = matrix;
    const planted = outliers.reduce((total, { value }) => total + value, 0);
    const plantedSq = outliers.reduce((total, { value }) => total + value * value, 0);
    const count = rows * cols - outliers.length;
    const mean = (this.#sum - planted) / count;
    const variance = (this.#sumSq - plantedSq) / count - mean * mean;
    const edge = variance * (Math.sqrt(rows) + Math.sqrt(cols)) ** 2;
    const spikes = predictedSpikes(outliers, variance, rows, cols);
    // Three widths of the Tracy–Widom law, ~M^−⅔ of the edge: what the edge itself may reach.
    const clear = edge * (1 + 3 * Math.min(rows, cols) ** (-2 / 3));
    return {
      name,
      tensor,
      kind,
      rows,
      cols,
      alpha,
      outliers,
      crc32: this.#crc.toString(16).padStart(8, "0"),
      sum: this.#sum,
      sumSq: this.#sumSq,
      zeros: this.#zeros,
      bulkDeviation: Math.sqrt(variance),
      tau: detachmentThreshold(Math.sqrt(variance), rows, cols),
      edge,
      spikes,
      expectedTraps: spikes.filter((spike) => spike > clear).length,
    };
  }
}

/**
 * (a² + s²N)(a² + s²M)/a² for every entry a above the threshold a² = s²√(NM) (Benaych-Georges and Nadakuditi
 * 2012), largest first.
 */
function predictedSpikes(
  outliers: readonly Outlier[],
  variance: number,
  rows: number,
  cols: number,
): number[] {
  return outliers
    .map(({ value }) => value * value)
    .filter((square) => square > variance * Math.sqrt(rows * cols))
    .map((square) => ((square + variance * rows) * (square + variance * cols)) / square)
    .sort((a, b) => b - a);
}
