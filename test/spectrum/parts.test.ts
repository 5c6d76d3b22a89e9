import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fullestBin } from "../../lib/spectrum/histogram.ts";
import {
  fitClipped,
  fitNearPeak,
  fitPowerLaw,
  fitWithoutTop,
  inverseEigenvalues,
  matrixEntropy,
  matrixRank,
  rankLoss,
  spectralDistance,
} from "../../lib/spectrum/index.ts";
import { triangularDensity } from "../../lib/spectrum/kernel-density.ts";
import { firstAbove, firstFrom } from "../../lib/spectrum/search.ts";
import { goldenCase } from "../helpers/golden.ts";

const { evals } = goldenCase("pl_alpha3_400x300");

test("bisection finds the ends of equal values", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 })),
      fc.integer({ min: -1, max: 10 }),
      (values, limit) => {
        const sorted = Float64Array.from(values).sort();
        expect(firstAbove(sorted, limit)).toBe(sorted.filter((value) => value <= limit).length);
        expect(firstFrom(sorted, limit)).toBe(sorted.filter((value) => value < limit).length);
      },
    ),
    { seed: 1 },
  );
});

describe("triangularDensity", () => {
  test("is the kernel sum at every point", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { minLength: 1, maxLength: 30 }),
        (values) => {
          const { x, f } = triangularDensity(Float64Array.from(values), 0.1, Math.max(...values) + 0.5, 200);
          for (let i = 0; i < x.length; i++) {
            const kernels = values.map((value) => Math.max(0, 1 - Math.abs(x[i]! - value) / 0.1));
            const expected = kernels.reduce((a, b) => a + b, 0) / (values.length * 0.1);
            expect(Math.abs(f[i]! - expected)).toBeLessThan(1e-11);
          }
        },
      ),
      { numRuns: 100, seed: 2 },
    );
  });

  test("integrates to one", () => {
    const { x, f } = triangularDensity(Float64Array.of(0.7, 1, 1.2, 3), 0.1, 3.5, 3501);
    expect(f.reduce((total, value) => total + value, 0) * x[1]!).toBeCloseTo(1, 4);
  });
});

describe("fullestBin", () => {
  test.each([
    // Edges 0, 0.25, 0.5, 0.75, 1: closed on the left, the last one on both sides.
    [[0, 0.25, 0.49, 0.5, 1], 0.25],
    [[0, 0.1, 0.25, 0.3, 1], 0],
    [[0, 0.75, 1, 1], 0.75],
    [[3, 3, 3], 3],
  ])("of %j", (values, expected) => {
    expect(fullestBin(Float64Array.from(values), 4)).toBe(expected);
  });
});

describe("fitWithoutTop", () => {
  test("drops the largest", () => {
    const n = evals.length;
    expect(fitWithoutTop(evals, 5)).toEqual(fitPowerLaw(evals.subarray(0, n - 5)));
    expect(fitWithoutTop(evals, n / 2)).toEqual(fitPowerLaw(evals.subarray(0, n / 2)));
  });

  test("reads a number above half the eigenvalues as a value, as the tool does", () => {
    const values = Float64Array.from([0.5, 1, 1.7, 2.1, 2.8, 3.4, 4.6, 7, 11]);
    const fit = fitWithoutTop(values, 5)!;
    // 4.6 is closest to 5; the data end there, while the spikes are counted in all.
    expect(fit.xmax).toBe(4.6);
    const cut = fitPowerLaw(values.subarray(0, 7))!;
    expect(fit).toEqual({ ...cut, numPlSpikes: cut.numPlSpikes + 2 });
  });
});

describe("fitClipped", () => {
  test("clips two, counts one finger, and counts the spikes of the whole spectrum", () => {
    const { evals: bulk } = goldenCase("gauss_square_200");
    const clipped = fitClipped(bulk)!;
    const without = fitPowerLaw(bulk.subarray(0, -2))!;
    expect(clipped).toEqual({
      fit: { ...without, numPlSpikes: without.numPlSpikes + 2 },
      numFingers: 1,
      rawAlpha: fitPowerLaw(bulk)!.alpha,
      rawXmin: fitPowerLaw(bulk)!.xmin,
    });
  });

  test("fails where its further checks run out of eigenvalues", () => {
    const few = Float64Array.from({ length: 6 }, (_, i) => 1.5 ** i);
    expect(fitPowerLaw(few)).not.toBeNull();
    expect(fitClipped(few)).toBeNull();
    expect(fitClipped(Float64Array.from({ length: 16 }, (_, i) => 1.5 ** i))).not.toBeNull();
  });
});

describe("fitNearPeak", () => {
  test("needs two candidates", () => {
    expect(fitNearPeak(Float64Array.of(1, 100))).toBeNull();
    expect(fitNearPeak(Float64Array.of(2))).toBeNull();
    expect(fitNearPeak(new Float64Array(3))).toBeNull();
  });
});

test("inverseEigenvalues inverts every second tap, from the last", () => {
  const taps = [Float64Array.of(2, 4), Float64Array.of(8, 16), Float64Array.of(32, 64)];
  expect([...inverseEigenvalues(taps, 0.5)]).toEqual([1 / 32, 1 / 16, 0.5, 1, 4, 8]);
  expect([...inverseEigenvalues([Float64Array.of(2, 4)], 1)]).toEqual([0.25, 0.5]);
});

describe("spectralDistance", () => {
  test("of disjoint spectra is √ln 2, of equal ones 0, and symmetric", () => {
    expect(spectralDistance(Float64Array.of(1, 0), Float64Array.of(0, 1))).toBeCloseTo(
      Math.sqrt(Math.LN2),
      15,
    );
    expect(spectralDistance(evals, evals)).toBe(0);
    const other = evals.map(Math.sqrt);
    expect(spectralDistance(evals, other)).toBeCloseTo(spectralDistance(other, evals), 14);
    expect(() => spectralDistance(evals, other.subarray(1))).toThrow(RangeError);
  });
});

describe("ranks and entropy", () => {
  test("numpy's rule", () => {
    const s = 100 * Number.EPSILON;
    expect(matrixRank(Float64Array.of((0.5 * s) ** 2, (2 * s) ** 2, 1), 100)).toBe(2);
    expect(rankLoss([Float64Array.of(0, 0, 0), Float64Array.of(0, 1, 1)], 3)).toBe(4);
  });

  test("equal eigenvalues have entropy one", () => {
    expect(matrixEntropy(new Float64Array(50).fill(3), 60)).toBeCloseTo(1, 7);
  });
});
