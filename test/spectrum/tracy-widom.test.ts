import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  tracyWidomCdf,
  tracyWidomDensity,
  tracyWidomDensitySlope,
  tracyWidomLogCdf,
  tracyWidomLogCdfJet,
  tracyWidomLogSf,
  tracyWidomLogSfJet,
  tracyWidomQuantile,
  tracyWidomSf,
  tracyWidomUpperQuantile,
} from "../../lib/spectrum/index.ts";
import { painleveUpperTail } from "../helpers/painleve.ts";

type Grid = Record<"s" | "cdf" | "sf" | "pdf" | "pdf_derivative" | "log_cdf" | "log_sf", number[]>;

const { beta1 } = JSON.parse(
  readFileSync(new URL("../fixtures/reference/tracy-widom.json", import.meta.url), "utf8"),
) as {
  beta1: {
    grid: Grid;
    upper_tail_quantiles: { tail_probability: number; s: number }[];
    lower_tail_quantiles: { probability: number; s: number }[];
    moments: { mean: number; variance: number };
  };
};
const { grid } = beta1;

/** Largest relative error over the grid. */
function worst(ours: (s: number) => number, reference: number[]): number {
  return Math.max(...grid.s.map((s, i) => Math.abs(ours(s) / reference[i]! - 1)));
}

describe("on the reference grid, −10 to 15", () => {
  test.each([
    ["distribution function", tracyWidomCdf, grid.cdf, 1e-12],
    ["upper tail", tracyWidomSf, grid.sf, 1e-12],
    ["log of the distribution function", tracyWidomLogCdf, grid.log_cdf, 1e-12],
    ["log of the upper tail", tracyWidomLogSf, grid.log_sf, 1e-12],
    ["density", tracyWidomDensity, grid.pdf, 1e-11],
  ] as const)("%s", (_, ours, reference, bound) => {
    expect(worst(ours, reference)).toBeLessThan(bound);
  });

  test("slope of the density", () => {
    grid.s.forEach((s, i) => {
      // Relative to the density: the slope has a zero at the mode.
      const error = tracyWidomDensitySlope(s) - grid.pdf_derivative[i]!;
      expect(Math.abs(error) / grid.pdf[i]!).toBeLessThan(1e-9 * (1 + s * s));
    });
  });

  test("derivatives of the logarithms", () => {
    grid.s.forEach((s, i) => {
      const upper = tracyWidomLogSfJet(s);
      expect(upper.first * grid.sf[i]! + grid.pdf[i]!).toBeLessThan(1e-10 * grid.pdf[i]!);
      const slope = -grid.sf[i]! * (upper.second + upper.first ** 2);
      expect(Math.abs(slope - grid.pdf_derivative[i]!)).toBeLessThan(1e-8 * grid.pdf[i]! * (1 + s * s));
      const lower = tracyWidomLogCdfJet(s);
      expect(Math.abs(lower.first * grid.cdf[i]! - grid.pdf[i]!)).toBeLessThan(1e-10 * grid.pdf[i]!);
    });
  });
});

test("upper tail against Painlevé II, from 0 to 30", () => {
  for (const { s, sf } of painleveUpperTail(36, 0, 0.25)) {
    if (s <= 30) expect(Math.abs(tracyWidomSf(s) / sf - 1)).toBeLessThan(1e-12);
  }
});

test.each([-10, -6, -3, -1, 2, 6, 12, 20])("no step in value or slopes at %d, where formulas meet", (s) => {
  const [before, after] = [s - 1e-9, s + 1e-9].map(s < 0 ? tracyWidomLogCdfJet : tracyWidomLogSfJet);
  const move = 2e-9 * Math.abs(before!.first);
  expect(Math.abs(after!.value - before!.value)).toBeLessThan(2 * move + 1e-12 + (s === -10 ? 1e-6 : 0));
  expect(Math.abs(after!.first / before!.first - 1)).toBeLessThan(1e-6);
  expect(Math.abs(after!.second / before!.second - 1)).toBeLessThan(1e-5);
});

test("far tails keep their logarithm", () => {
  expect(tracyWidomSf(500)).toBe(0);
  expect(tracyWidomLogSf(500) / (-(2 / 3) * 500 ** 1.5)).toBeCloseTo(1, 2);
  expect(tracyWidomLogCdf(-100) / (-(100 ** 3) / 24)).toBeCloseTo(1, 1);
  expect(tracyWidomCdf(-100)).toBe(0);
  for (const s of [-1e9, Number.NEGATIVE_INFINITY]) {
    expect([tracyWidomCdf(s), tracyWidomSf(s), tracyWidomDensity(s), tracyWidomDensitySlope(s)]).toEqual([
      0, 1, 0, 0,
    ]);
  }
  for (const s of [1e9, Number.POSITIVE_INFINITY]) {
    expect([tracyWidomCdf(s), tracyWidomSf(s), tracyWidomDensity(s), tracyWidomDensitySlope(s)]).toEqual([
      1, 0, 0, 0,
    ]);
  }
  expect(tracyWidomCdf(Number.NaN)).toBeNaN();
});

describe("quantiles", () => {
  test("of the reference", () => {
    for (const { tail_probability, s } of beta1.upper_tail_quantiles) {
      expect(Math.abs(tracyWidomUpperQuantile(tail_probability) - s)).toBeLessThan(1e-12 * (1 + Math.abs(s)));
    }
    for (const { probability, s } of beta1.lower_tail_quantiles) {
      expect(Math.abs(tracyWidomQuantile(probability) - s)).toBeLessThan(1e-12 * (1 + Math.abs(s)));
    }
  });

  test.each([1e-300, 1e-30, 1e-6, 0.3, 0.5, 0.7, 0.999])("invert the distribution at %d", (p) => {
    expect(Math.abs(tracyWidomSf(tracyWidomUpperQuantile(p)) / p - 1)).toBeLessThan(1e-11);
    expect(Math.abs(tracyWidomCdf(tracyWidomQuantile(p)) / p - 1)).toBeLessThan(1e-11);
  });

  test("of certain and impossible events, and of what is no probability", () => {
    expect([tracyWidomQuantile(0), tracyWidomQuantile(1)]).toEqual([-Infinity, Infinity]);
    expect([tracyWidomUpperQuantile(0), tracyWidomUpperQuantile(1)]).toEqual([Infinity, -Infinity]);
    for (const p of [-0.1, 1.1, Number.NaN]) {
      expect(() => tracyWidomQuantile(p)).toThrow(RangeError);
      expect(() => tracyWidomUpperQuantile(p)).toThrow(RangeError);
    }
  });
});

test("mean and variance, by integrals over both tails", () => {
  let mean = 0;
  let square = 0;
  // E X = ∫ SF over (0, ∞) − ∫ F over (−∞, 0), E X² likewise with 2|x|; midpoint rule.
  const step = 1 / 512;
  for (let x = step / 2; x < 20; x += step) {
    mean += step * (tracyWidomSf(x) - tracyWidomCdf(-x));
    square += step * 2 * x * (tracyWidomSf(x) + tracyWidomCdf(-x));
  }
  expect(mean).toBeCloseTo(beta1.moments.mean, 6);
  expect(square - mean * mean).toBeCloseTo(beta1.moments.variance, 5);
});
