import { describe, expect, test } from "vitest";
import { alphaInterval, chiSquareQuantile, chiSquareSurvival, MIN_TAIL } from "../../lib/spectrum/index.ts";
import { uniforms } from "./samples.ts";

const relative = (value: number, expected: number) => Math.abs(value / expected - 1);

// Expected values: mpmath with 30 digits.
describe("chiSquareSurvival", () => {
  test.each([
    [1e-8, 1, 0.9999202115440526],
    [1, 3, 0.8012519569012008],
    [30, 18, 0.03744649347967289],
    [100, 1, 1.523970604832105e-23],
    [1000, 1, 1.7958327848007262e-219],
    [2000, 1900, 0.05420667388901861],
  ])("x = %d, %i degrees", (x, dof, expected) => {
    expect(relative(chiSquareSurvival(x, dof), expected)).toBeLessThan(1e-12);
  });

  test("two degrees are the exponential law", () => {
    for (const x of [0, 1e-9, 0.3, 2, 4.1, 30, 700]) {
      expect(Math.abs(chiSquareSurvival(x, 2) - Math.exp(-x / 2))).toBeLessThan(1e-13 * Math.exp(-x / 2));
    }
  });

  test("refuses what is no distribution", () => {
    expect(() => chiSquareSurvival(-1, 2)).toThrow(RangeError);
    expect(() => chiSquareSurvival(1, 0)).toThrow(RangeError);
  });
});

describe("chiSquareQuantile", () => {
  test.each([
    [0.025, 18, 8.230746194756664],
    [0.975, 18, 31.52637844038663],
    [0.025, 2, 0.05063561596857975],
    [0.975, 1, 5.023886187314889],
    [0.5, 1, 0.4549364231195728],
    [0.025, 200, 162.72798250184627],
    [1e-10, 3, 5.20939762143448e-7],
  ])("p = %d, %i degrees", (p, dof, expected) => {
    expect(relative(chiSquareQuantile(p, dof), expected)).toBeLessThan(1e-13);
  });

  test("is the inverse, from one degree to a hundred thousand", () => {
    for (const dof of [1, 3, 17, 400, 5757, 1e5]) {
      for (const p of [1e-12, 0.025, 0.4, 0.5]) {
        expect(relative(chiSquareSurvival(chiSquareQuantile(1 - p, dof), dof), p)).toBeLessThan(1e-4);
        if (p > 1e-3)
          expect(relative(chiSquareSurvival(chiSquareQuantile(1 - p, dof), dof), p)).toBeLessThan(1e-11);
      }
    }
  });

  test.each([0, 1, -0.1, Number.NaN])("refuses p = %d", (p) => {
    expect(() => chiSquareQuantile(p, 4)).toThrow(RangeError);
  });
});

describe("alphaInterval", () => {
  test("is the interval of a known tail", () => {
    const { unbiased, low, high } = alphaInterval({ alpha: 3, numPlSpikes: 10 });
    expect(unbiased).toBeCloseTo(2.6, 14);
    expect(low).toBeCloseTo(1 + 8.230746194756664 / 10, 13);
    expect(high).toBeCloseTo(1 + 31.52637844038663 / 10, 13);
  });

  test("covers the exponent of a pure power law as often as it says, and the estimate has no bias", () => {
    const runs = 4000;
    const draw = uniforms(runs * MIN_TAIL, 31);
    let covered = 0;
    let total = 0;
    for (let run = 0; run < runs; run++) {
      const logs = draw.slice(run * MIN_TAIL, (run + 1) * MIN_TAIL).map((u) => -Math.log(u) / 1.5);
      const least = Math.min(...logs);
      const alpha = 1 + MIN_TAIL / logs.reduce((sum, log) => sum + log - least, 0);
      const { unbiased, low, high } = alphaInterval({ alpha, numPlSpikes: MIN_TAIL });
      if (low <= 2.5 && 2.5 <= high) covered++;
      total += unbiased;
    }
    // Three standard errors: 1.5/√7 is the deviation of the unbiased estimate at ten values.
    expect(Math.abs(covered / runs - 0.95)).toBeLessThan(3 * Math.sqrt((0.95 * 0.05) / runs));
    expect(Math.abs(total / runs - 2.5)).toBeLessThan((3 * 1.5) / Math.sqrt(7 * runs));
  });

  test("refuses a tail of one", () => {
    expect(() => alphaInterval({ alpha: 2, numPlSpikes: 1 })).toThrow(RangeError);
  });
});
