import { describe, expect, test } from "vitest";
import { hasWeights, KINDS, testMatrix, weights } from "../../lib/bench/kinds.ts";
import { jacobiEigenvalues } from "../helpers/jacobi.ts";

const shape = { n: 40, rows: 60, seed: 3 };

/** Of a positive semidefinite matrix, ascending: the square roots of those of its square. */
function jacobi(symmetric: Float64Array, n: number): number[] {
  return jacobiEigenvalues(symmetric, n, n).map(Math.sqrt);
}

describe.each(KINDS)("%s", (kind) => {
  const { n } = shape;
  const { values, spectrum } = testMatrix(kind, shape);

  test("is symmetric, and a seed gives it again", () => {
    expect(values).toHaveLength(n ** 2);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) expect(values[i * n + j]).toBe(values[j * n + i]);
    }
    expect(testMatrix(kind, shape).values).toEqual(values);
    if (kind !== "identity") expect(testMatrix(kind, { ...shape, seed: 4 }).values).not.toEqual(values);
  });

  test("has the eigenvalues of its weights, or those it was made of", () => {
    expect(spectrum === null).toBe(hasWeights(kind));
    const expected = spectrum ?? jacobiEigenvalues(weights(kind, shape), shape.rows, n);
    // Gram matrices of weights that BF16 holds come from float32 sums: 1e-7 of the largest eigenvalue.
    const tolerance = kind === "bf16" ? 1e-7 : 4 * 2 ** -52 * n;
    for (const [i, found] of jacobi(values, n).entries()) {
      expect(Math.abs(found - expected[i]!)).toBeLessThan(tolerance * expected[n - 1]!);
    }
  });
});

test("Gram matrices are those of their weights", () => {
  const w = weights("mxfp4", shape);
  const { values } = testMatrix("mxfp4", shape);
  for (const [i, j] of [
    [0, 0],
    [7, 3],
    [39, 38],
  ] as const) {
    let sum = 0;
    for (let row = 0; row < shape.rows; row++) sum += w[row * shape.n + i]! * w[row * shape.n + j]!;
    expect(values[i * shape.n + j]).toBeCloseTo(sum, 10);
  }
});

test("stored formats hold their weights exactly", () => {
  const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);
  expect(bits(weights("bf16", shape)).every((word) => (word & 0xffff) === 0)).toBe(true);
  // Two bits after the leading one are what E2M1 can hold.
  expect(bits(weights("mxfp4", shape)).every((word) => (word & 0x3fffff) === 0)).toBe(true);
  expect(bits(weights("gauss", shape)).every((word) => (word & 0xffff) === 0)).toBe(false);
});

test("heavy has a tail and spiked has spikes, as far above the bulk as planted", () => {
  const large = { n: 64, rows: 128, seed: 1 };
  const top = (kind: "gauss" | "heavy" | "spiked") => {
    const eigenvalues = jacobi(testMatrix(kind, large).values, large.n);
    return eigenvalues.at(-1)! / eigenvalues[large.n / 2]!;
  };
  expect(top("gauss")).toBeLessThan(4);
  expect(top("heavy")).toBeGreaterThan(8);
  expect(top("spiked")).toBeGreaterThan(8);
});
