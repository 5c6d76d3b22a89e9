import { Hartley } from "./hartley.ts";
import type { PlannedMatrix } from "./plan.ts";
import { KeyedRandom } from "./random.ts";
import { type Outlier, plantOutliers } from "./traps.ts";

/**
 * The entries of a planned matrix row by row, a function of seed and name alone: any row can be asked for at
 * any time.
 */
export class MatrixContent {
  readonly outliers: readonly Outlier[];
  readonly #matrix: PlannedMatrix;
  readonly #random: KeyedRandom;
  readonly #tail: HeavyTail | null;
  readonly #line: Float64Array;

  constructor(seed: number, matrix: PlannedMatrix) {
    this.#matrix = matrix;
    this.#random = new KeyedRandom(seed, matrix.name);
    this.#tail = matrix.alpha === null ? null : new HeavyTail(matrix.cols, matrix.alpha, this.#random);
    this.outliers = plantOutliers(matrix, this.#random);
    this.#line = new Float64Array(matrix.cols);
  }

  row(index: number, out: Float32Array): void {
    const line = this.#line;
    this.#random.gaussians(index, line);
    this.#tail?.apply(line);
    for (let col = 0; col < line.length; col++) out[col] = this.#matrix.deviation * line[col]!;
    for (const { row, col, value } of this.outliers) {
      if (row === index) out[col] = value;
    }
  }
}

/**
 * Turns rows of a standard Gaussian matrix G into rows of G·D·H·S·H: D is diagonal with D² the quantiles of a
 * power law of exponent α scaled to mean 1, H an orthonormal Hartley transform, S random signs. WᵀW has the
 * eigenvalues of D·GᵀG·D, whose tail keeps the exponent α, while H·S·H spreads each of D's directions over all
 * columns, so that single entries stay as good as Gaussian and a shuffle destroys the tail.
 */
class HeavyTail {
  readonly #scales: Float64Array;
  readonly #signs: Float64Array;
  readonly #hartley: Hartley;

  constructor(cols: number, alpha: number, random: KeyedRandom) {
    const quantiles = Float64Array.from({ length: cols }, (_, j) => ((j + 0.5) / cols) ** (-1 / (alpha - 1)));
    const mean = quantiles.reduce((sum, quantile) => sum + quantile, 0) / cols;
    this.#scales = quantiles.map((quantile) => Math.sqrt(quantile / mean));
    this.#signs = Float64Array.from({ length: cols }, () => (random.below(2) === 0 ? 1 : -1));
    this.#hartley = new Hartley(cols);
  }

  apply(line: Float64Array): void {
    for (let j = 0; j < line.length; j++) line[j] = line[j]! * this.#scales[j]!;
    this.#hartley.transform(line);
    for (let j = 0; j < line.length; j++) line[j] = line[j]! * this.#signs[j]!;
    this.#hartley.transform(line);
  }
}
