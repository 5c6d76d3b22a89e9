import { MatrixContent } from "../checkpoint/synth/content.ts";
import { encodeBf16, encodeMxfp4 } from "../checkpoint/synth/encode.ts";
import { addon } from "../solver/addon.ts";
import { describeDense } from "../solver/dense-matrix.ts";
import { planted } from "./planted.ts";

/** What is asked of a test matrix: its order, for Gram matrices the rows of W, and the seed. */
export interface Shape {
  n: number;
  /** Rows of the matrix W whose Gram matrix is taken; the kinds without a W take no notice. */
  rows: number;
  seed: number;
}

/** A symmetric, positive semidefinite test matrix. */
export interface TestMatrix {
  /** n × n, both triangles. */
  values: Float64Array;
  /** The eigenvalues it was made of, ascending, to a few ε of the largest; null: nobody knows them. */
  spectrum: Float64Array | null;
}

/**
 * The kinds of symmetric matrix, by name. Gram matrices WᵀW of weights as they occur:
 *   gauss   W of independent normal entries: the Marchenko–Pastur bulk
 *   heavy   W with a planted power law, density ∝ λ^−2.5
 *   spiked  W of normal entries, five of which stick out of the bulk
 *   bf16, mxfp4   gauss, rounded to that format as stored weights are
 * Matrices with a planted spectrum in dense, pseudo-random coordinates, to find where accuracy is lost:
 *   lowrank    a quarter of the eigenvalues from 1 to 2, the others 0
 *   graded     from 1 down to 1e-15 in equal ratios
 *   clustered  a third each at 1, 1/2 and 1/1000
 * and the identity, which is exact.
 */
export const KINDS = [
  "gauss",
  "heavy",
  "spiked",
  "bf16",
  "mxfp4",
  "lowrank",
  "graded",
  "clustered",
  "identity",
] as const;

export type Kind = (typeof KINDS)[number];

/** Whether the kind is a Gram matrix of some W, whose rows matter. */
export function hasWeights(kind: Kind): boolean {
  return ["gauss", "heavy", "spiked", "bf16", "mxfp4"].includes(kind);
}

/** The test matrix of a kind: the same for the same shape and seed. */
export function testMatrix(kind: Kind, { n, rows, seed }: Shape): TestMatrix {
  const quantile = (spectrum: (fraction: number) => number) =>
    planted(
      Float64Array.from({ length: n }, (_, i) => spectrum(n === 1 ? 1 : i / (n - 1))),
      seed,
    );
  switch (kind) {
    case "lowrank":
      return quantile((fraction) => (fraction < 0.75 ? 0 : 4 * fraction - 2));
    case "graded":
      return quantile((fraction) => 10 ** (-15 * (1 - fraction)));
    case "clustered":
      return quantile((fraction) => [1e-3, 0.5, 1][Math.min(2, Math.floor(3 * fraction))]!);
    case "identity": {
      const values = new Float64Array(n * n);
      for (let i = 0; i < n; i++) values[i * n + i] = 1;
      return { values, spectrum: new Float64Array(n).fill(1) };
    }
    default:
      return { values: gram(weights(kind, { n, rows, seed }), rows, n), spectrum: null };
  }
}

/** The rows × n entries of W, row-major, for a kind that has weights. */
export function weights(kind: Kind, { n, rows, seed }: Shape): Float32Array {
  const content = new MatrixContent(seed, {
    name: `bench ${rows}x${n}`,
    kind: "noise",
    rows,
    cols: n,
    deviation: 1,
    alpha: kind === "heavy" ? 2.5 : null,
    traps: kind === "spiked" ? 5 : 0,
  });
  const values = new Float32Array(rows * n);
  for (let row = 0; row < rows; row++) content.row(row, values.subarray(row * n, (row + 1) * n));
  if (kind === "bf16") encodeBf16(values, new Uint16Array(values.length));
  return kind === "mxfp4" ? roundToMxfp4(values) : values;
}

/**
 * Rounds values to MXFP4, in place. Blocks of 32 run on from row to row where the rows are no multiple of them; the last one
 * is filled with zeros.
 */
export function roundToMxfp4(values: Float32Array): Float32Array {
  const blocks = Math.ceil(values.length / 32);
  const padded = new Float32Array(32 * blocks);
  padded.set(values);
  encodeMxfp4(padded, new Uint8Array(16 * blocks), new Uint8Array(blocks));
  values.set(padded.subarray(0, values.length));
  return values;
}

function gram(values: Float32Array, rows: number, cols: number): Float64Array {
  return addon().bench.gram("spectrap", "double", describeDense({ values, rows, cols })).gram;
}
