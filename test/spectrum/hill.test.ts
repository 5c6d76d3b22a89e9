import { describe, expect, test } from "vitest";
import { hillExponent, tailExponents, weightwatcher } from "../../lib/spectrum/index.ts";
import { quantiles } from "./samples.ts";

describe("hillExponent", () => {
  test("is the likeliest exponent from ⌊n/2⌋ on", () => {
    for (const n of [2, 3, 10, 11, 101]) {
      const data = quantiles(n, (u) => u ** -0.7);
      expect(hillExponent(data)).toBe(tailExponents(data)[Math.min(Math.floor(n / 2), n - 2)]);
    }
    // The upper half of 1, 2, 4, 8: 1 + 2/ln 2.
    expect(hillExponent(Float64Array.of(1, 2, 4, 8))).toBeCloseTo(1 + 2 / Math.LN2, 13);
  });

  test("finds a planted exponent, whatever lies in the lower half", () => {
    const data = quantiles(4000, (u) => (u < 0.5 ? (2 * u) ** (-1 / 1.5) : 1 - (u - 0.5)));
    expect(Math.abs(hillExponent(data) - 2.5)).toBeLessThan(0.01);
  });

  test("refuses a single eigenvalue", () => {
    expect(() => hillExponent(Float64Array.of(1))).toThrow(RangeError);
  });
});

const dense = (eigenvalues: Float64Array) => ({ N: 100, M: 60, scale: 1, taps: [eigenvalues] });
const spectrum = quantiles(60, (u) => u ** -1.1);

describe("alpha_hill and alpha_farms", () => {
  const options = { minEvals: 10, promise: 1e-12 };

  test("windows are pooled", () => {
    const other = quantiles(60, (u) => u ** -0.6);
    const { columns } = weightwatcher(dense(spectrum), null, {
      ...options,
      windows: { taps: [spectrum, other], promise: 1e-12 },
    });
    expect(columns.alphaHill).toBe(hillExponent(spectrum));
    expect(columns.alphaFarms).toBe(hillExponent(Float64Array.from([...spectrum, ...other]).sort()));
    const plain = weightwatcher(dense(spectrum), null, options).columns;
    expect(plain).not.toHaveProperty("alphaFarms");
  });

  test.each([
    ["not_cut", spectrum, null],
    ["zero_matrix", spectrum, { taps: [new Float64Array(60)], promise: 1e-12 }],
    ["below_precision", spectrum, { taps: [spectrum], promise: 0.1 }],
    ["too_few_eigenvalues", spectrum, { taps: [spectrum.subarray(0, 9)], promise: 1e-12 }],
    ["not_finite", spectrum, { taps: [new Float64Array(60).fill(2)], promise: 1e-12 }],
  ] as const)("%s", (reason, eigenvalues, windows) => {
    const { columns, reasons } = weightwatcher(dense(eigenvalues), null, { ...options, windows });
    expect(columns.alphaFarms).toBeNull();
    expect(reasons.alphaFarms).toBe(reason);
    expect(reasons.alphaHill).toBeUndefined();
  });
});
