import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  deviation,
  fitPowerLaw,
  scanTails,
  type TailFit,
  tailExponents,
  twoSidedDistance,
} from "../../lib/spectrum/index.ts";
import { uniforms } from "./samples.ts";

/** Every deviation of every start: the definition, in O(n²). */
function naiveScan(data: Float64Array): TailFit {
  const exponents = tailExponents(data);
  let best: TailFit = { index: -1, alpha: Number.NaN, D: Number.POSITIVE_INFINITY };
  for (let index = 0; index < exponents.length; index++) {
    const alpha = exponents[index]!;
    let D = alpha > 1 ? 0 : 1;
    for (let j = index; alpha > 1 && j < data.length; j++) {
      D = Math.max(D, Math.abs(deviation(data, index, j, alpha)));
    }
    if (D < best.D) best = { index, alpha, D };
  }
  return best;
}

function ascending(values: Iterable<number>): Float64Array {
  return Float64Array.from(values).sort();
}

const spectrum = fc.oneof(
  fc.array(fc.double({ min: 1e-5, max: 1e6, noNaN: true, minExcluded: true }), {
    minLength: 2,
    maxLength: 60,
  }),
  // Ties, also at the top.
  fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 40 }),
  // Almost equal values.
  fc.array(
    fc.integer({ min: 0, max: 40 }).map((k) => 2 + k * Number.EPSILON * 2),
    { minLength: 2, maxLength: 30 },
  ),
  // Power laws of several exponents.
  fc
    .tuple(
      fc.integer({ min: 2, max: 300 }),
      fc.integer({ min: 1, max: 1e6 }),
      fc.double({ min: 0.2, max: 8 }),
    )
    .map(([n, seed, exponent]) => uniforms(n, seed).map((u) => (1 - u) ** (-1 / exponent))),
);

describe("scanTails", () => {
  test("gives the bits of the full scan", () => {
    fc.assert(
      fc.property(spectrum, (values) => {
        const data = ascending(values);
        expect(scanTails(data)).toEqual(naiveScan(data));
      }),
      { numRuns: 1500, seed: 7 },
    );
  });

  test.each([
    ["Pareto", uniforms(2000, 11).map((u) => (1 - u) ** -0.5)],
    ["body and tail", uniforms(2000, 12).map((u) => (u < 0.8 ? 0.1 + u : (1 - u) ** -0.7))],
    ["bulk", uniforms(1500, 13).map((u) => (1 - Math.cos(Math.PI * u)) ** 2 + 1e-3)],
    ["few values", uniforms(1000, 14).map((u) => 1 + Math.floor(5 * u))],
    ["equal", new Array<number>(200).fill(3)],
  ])("gives the bits of the full scan: %s", (_, values) => {
    const data = ascending(values);
    expect(scanTails(data)).toEqual(naiveScan(data));
  });
});

describe("tailExponents", () => {
  test("is the maximum-likelihood formula", () => {
    const data = ascending([1, 2, 4, 8]);
    const log = Math.LN2;
    const expected = [1 + 4 / (6 * log), 1 + 3 / (3 * log), 1 + 2 / log];
    tailExponents(data).forEach((alpha, i) => {
      expect(alpha).toBeCloseTo(expected[i]!, 13);
    });
  });
});

describe("fitPowerLaw", () => {
  test("the last candidate's distance is that of two points", () => {
    // 1 − r^−α' with α' = 2/ln r: 1 − e^−2 against the step at ½.
    const fit = fitPowerLaw(ascending([1, 5]))!;
    expect(fit.D).toBeCloseTo(1 - Math.exp(-2) - 0.5, 14);
    expect(fit.D).toBeCloseTo(0.3647, 4);
    expect(fit.alpha).toBeCloseTo(1 + 2 / Math.log(5), 13);
  });

  test("equal top eigenvalues give an infinite exponent", () => {
    expect(fitPowerLaw(ascending([2, 2]))).toMatchObject({ alpha: Number.POSITIVE_INFINITY, D: 0.5 });
  });

  test("leaves out what is not above the absolute cut", () => {
    expect(fitPowerLaw(ascending([1e-6, 1e-5, 1]))).toBeNull();
    expect(fitPowerLaw(ascending([1e-6, 1e-5, 1]), 0)).not.toBeNull();
  });

  test("does not depend on the scale but for the cut", () => {
    const data = ascending(uniforms(300, 15).map((u) => (1 - u) ** -0.4));
    const scaled = fitPowerLaw(data.map((value) => value * 1024))!;
    const fit = fitPowerLaw(data)!;
    expect(scaled).toEqual({ ...fit, xmin: fit.xmin * 1024, xmax: fit.xmax * 1024 });
    expect(fitPowerLaw(data.map((value) => value * 2 ** -40))).toBeNull();
  });

  test("finds a planted exponent", () => {
    const n = 4000;
    const data = ascending(Array.from({ length: n }, (_, i) => ((n - i - 0.5) / n) ** (-1 / 1.5)));
    expect(Math.abs(fitPowerLaw(data)!.alpha - 2.5)).toBeLessThan(0.01);
  });
});

describe("twoSidedDistance", () => {
  test("compares both steps of the empirical distribution", () => {
    fc.assert(
      fc.property(spectrum, (values) => {
        const data = ascending(values);
        const fit = fitPowerLaw(data)!;
        const tail = data.filter((value) => value >= fit.xmin);
        let expected = 0;
        for (const value of tail) {
          const ratio = value / fit.xmin;
          const theory = ratio === 1 ? 0 : 1 - ratio ** (1 - fit.alpha);
          const below = tail.filter((other) => other < value).length / tail.length;
          const upTo = tail.filter((other) => other <= value).length / tail.length;
          expected = Math.max(expected, Math.abs(theory - below), Math.abs(theory - upTo));
        }
        expect(twoSidedDistance(data, fit)).toBeCloseTo(expected, 12);
      }),
      { numRuns: 300, seed: 8 },
    );
  });
});
