import { describe, expect, test } from "vitest";
import { MatrixContent } from "../../../lib/checkpoint/synth/content.ts";
import { gaussianPair, radius } from "../../../lib/checkpoint/synth/gaussian.ts";
import { Hartley } from "../../../lib/checkpoint/synth/hartley.ts";
import type { PlannedMatrix } from "../../../lib/checkpoint/synth/plan.ts";
import { exactAtLeast } from "../../../lib/checkpoint/synth/traps.ts";
import { jacobiEigenvalues } from "../../helpers/jacobi.ts";

function planned(rows: number, cols: number, more: Partial<PlannedMatrix> = {}): PlannedMatrix {
  return { name: "w", kind: "noise", rows, cols, deviation: 1, alpha: null, traps: 0, ...more };
}

function entries(matrix: PlannedMatrix, seed = 1): Float32Array {
  const content = new MatrixContent(seed, matrix);
  const values = new Float32Array(matrix.rows * matrix.cols);
  for (let r = 0; r < matrix.rows; r++)
    content.row(r, values.subarray(r * matrix.cols, (r + 1) * matrix.cols));
  return values;
}

function moments(values: Float32Array) {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const power = (k: number) => values.reduce((sum, x) => sum + (x - mean) ** k, 0) / values.length;
  const variance = power(2);
  return { mean, variance, skewness: power(3) / variance ** 1.5, excess: power(4) / variance ** 2 - 3 };
}

/** Fisher–Yates with a small generator of its own. */
function shuffled(values: Float32Array): Float32Array {
  const out = values.slice();
  let state = 12345;
  for (let i = out.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

describe("Box–Muller", () => {
  test("radius agrees with the logarithm", () => {
    for (const word of [
      0, 1, 2, 12345, 0x5a827999, 0x7fffffff, 0x80000000, 0xb504f333, 0xfffffffe, 0xffffffff,
    ]) {
      const exact = Math.sqrt(-2 * Math.log1p((word + 0.5) / 2 ** 32 - 1));
      expect(Math.abs(radius(word) / exact - 1)).toBeLessThan(1e-10);
    }
  });

  test("the angle goes once around", () => {
    const out = new Float64Array(2);
    const angles = Array.from({ length: 64 }, (_, i) => {
      gaussianPair(1e9, i * 2 ** 26, out, 0);
      expect(Math.abs(Math.hypot(out[0]!, out[1]!) / radius(1e9) - 1)).toBeLessThan(1e-9);
      return Math.atan2(out[1]!, out[0]!);
    }).sort((a, b) => a - b);
    for (let i = 1; i < 64; i++) expect(angles[i]! - angles[i - 1]!).toBeCloseTo((2 * Math.PI) / 64, 8);
  });
});

describe("Hartley", () => {
  test.each([1, 2, 7, 32, 90, 96, 360])("length %i is orthonormal and its own inverse", (n) => {
    const hartley = new Hartley(n);
    const rows = Array.from({ length: n }, (_, i) => {
      const row = new Float64Array(n);
      row[i] = 1;
      hartley.transform(row);
      return row;
    });
    const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
    for (let i = 0; i < n; i++) {
      expect(dot(rows[i]!, rows[i]!)).toBeCloseTo(1, 12);
      expect(Math.abs(dot(rows[i]!, rows[(i * 7 + 1) % n]!))).toBeLessThan(i === (i * 7 + 1) % n ? 2 : 1e-12);
      const back = rows[i]!.slice();
      hartley.transform(back);
      expect(back[i]).toBeCloseTo(1, 12);
    }
  });
});

describe("noise", () => {
  test("has the moments of a Gaussian", () => {
    const values = entries(planned(500, 401));
    const { mean, variance, skewness, excess } = moments(values);
    const sigma = 1 / Math.sqrt(values.length);
    expect(Math.abs(mean)).toBeLessThan(4 * sigma);
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.SQRT2 * sigma);
    expect(Math.abs(skewness)).toBeLessThan(4 * Math.sqrt(6) * sigma);
    expect(Math.abs(excess)).toBeLessThan(4 * Math.sqrt(24) * sigma);
  });

  test("ends at the Marchenko–Pastur edge", () => {
    const top = jacobiEigenvalues(entries(planned(150, 100)), 150, 100).at(-1)!;
    const edge = (Math.sqrt(150) + Math.sqrt(100)) ** 2;
    expect(Math.abs(top / edge - 1)).toBeLessThan(3 * 100 ** (-2 / 3));
  });

  test("depends on seed and name, not on the order of the rows", () => {
    const matrix = planned(3, 64, { kind: "heavy", alpha: 3 });
    const content = new MatrixContent(1, matrix);
    const last = new Float32Array(64);
    content.row(2, last);
    expect(last).toEqual(entries(matrix).slice(128));
    expect(entries(matrix, 2)).not.toEqual(entries(matrix));
    expect(entries({ ...matrix, name: "v" })).not.toEqual(entries(matrix));
  });
});

describe("heavy tails", () => {
  /** Hill's estimate of α from the k largest eigenvalues. */
  function hill(eigenvalues: number[], k: number): number {
    const logs = eigenvalues.slice(0, k).map((value) => Math.log(value / eigenvalues[k]!));
    return 1 + k / logs.reduce((sum, x) => sum + x, 0);
  }

  test.each([2.5, 3.5])("exponent %f is found again, and a shuffle destroys it", (alpha) => {
    const [rows, cols] = [320, 160];
    const values = entries(planned(rows, cols, { kind: "heavy", alpha }));
    // The 20 largest of 160 scatter by about (α − 1)/√20.
    expect(Math.abs(hill(jacobiEigenvalues(values, rows, cols).reverse(), 20) - alpha)).toBeLessThan(0.8);
    const { variance } = moments(values);
    const edge = variance * (Math.sqrt(rows) + Math.sqrt(cols)) ** 2;
    expect(jacobiEigenvalues(shuffled(values), rows, cols).at(-1)).toBeLessThan(
      edge * (1 + 3 * cols ** (-2 / 3)),
    );
  });
});

describe("traps", () => {
  test("are rounded up to 4·2^k or 6·2^k", () => {
    expect([4, 4.1, 6, 6.01, 8, 0.3, 1e-5, 3].map(exactAtLeast)).toEqual([
      4,
      6,
      6,
      8,
      8,
      0.375,
      6 * 2 ** -19,
      3,
    ]);
  });

  test("lie in different rows and blocks at 2.5, 3.5 and 5 times the threshold", () => {
    const { outliers } = new MatrixContent(3, planned(96, 128, { kind: "trap", traps: 3 }));
    expect(new Set(outliers.map(({ row }) => row)).size).toBe(3);
    expect(new Set(outliers.map(({ col }) => Math.floor(col / 32))).size).toBe(3);
    const threshold = (96 * 128) ** 0.25;
    for (const [i, strength] of [2.5, 3.5, 5].entries()) {
      const size = Math.abs(outliers[i]!.value);
      expect(size).toBeGreaterThanOrEqual(strength * threshold);
      expect(size).toBeLessThanOrEqual(1.5 * strength * threshold);
      expect([4, 6]).toContain(size / 2 ** (Math.floor(Math.log2(size)) - 2));
    }
  });

  test("make the predicted eigenvalues in the shuffled matrix", () => {
    const [rows, cols] = [240, 160];
    const values = entries(planned(rows, cols, { kind: "trap", traps: 3 }));
    const { outliers } = new MatrixContent(1, planned(rows, cols, { kind: "trap", traps: 3 }));
    const predicted = outliers
      .map(({ value }) => ((value ** 2 + rows) * (value ** 2 + cols)) / value ** 2)
      .sort((a, b) => b - a);
    const found = jacobiEigenvalues(shuffled(values), rows, cols).reverse();
    for (const [i, spike] of predicted.entries()) expect(Math.abs(found[i]! / spike - 1)).toBeLessThan(0.1);
    expect(found[3]).toBeLessThan((Math.sqrt(rows) + Math.sqrt(cols)) ** 2 * (1 + 3 * cols ** (-2 / 3)));
  });
});
