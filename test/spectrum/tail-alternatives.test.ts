import { describe, expect, test } from "vitest";
import { logNormalTail, truncatedPowerLaw } from "../../lib/spectrum/index.ts";
import { quantiles, uniforms } from "./samples.ts";

const n = 60;
const sets = {
  pareto: quantiles(n, (u) => 2 * u ** (-1 / 1.5)),
  heavy: quantiles(n, (u) => 2 * u ** (-1 / 0.8)),
  exponential: quantiles(n, (u) => 1 - Math.log(u) / 2),
  uniform: Float64Array.from({ length: n }, (_, i) => 1 + i / n),
  beyond: quantiles(n, (u) => Math.exp((-Math.log(u)) ** 1.5)),
};

const near = (value: number, expected: number, relative: number) =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));

// Expected: the likelihoods with mpmath's incomplete gamma function and scipy's normal law, by a simplex search, whose
// maxima are far more exact than the places it finds them at.
describe("truncatedPowerLaw", () => {
  test.each([
    ["pareto", 2.4517911, 0.006167024, 0.05810275713299973],
    ["heavy", 1.7854989, 0.00025244168, 0.10966385290549852],
    ["exponential", -0.06464825, 2.0646704, 2.1886185433256244],
    ["uniform", -18.394494, 13.39005, 17.014870653952492],
    ["beyond", 1.7651678, 1.2694039e-10, 1.4616328769534448e-6],
  ] as const)("%s", (name, alpha, rate, logRatio) => {
    const fit = truncatedPowerLaw(sets[name]);
    near(fit.alpha, alpha, 1e-4);
    near(fit.rate, rate, 1e-3);
    expect(Math.abs(fit.logRatio - logRatio)).toBeLessThan(1e-11);
  });

  test("p is half the tail of χ² with one degree of freedom", () => {
    near(truncatedPowerLaw(sets.exponential).p, 0.018210995446185253, 1e-9);
    near(truncatedPowerLaw(sets.uniform).p, 2.7138037825867035e-9, 1e-9);
  });

  test("its means are those of the tail", () => {
    // By the trapezoidal rule, on a law of alpha 2.2 and rate 0.3 from 1 to 200, where nothing is left.
    const { alpha, rate } = truncatedPowerLaw(sets.exponential);
    const steps = 400_000;
    const sums = [0, 0, 0];
    for (let i = 0; i <= steps; i++) {
      const u = (i / steps) * 6;
      const x = sets.exponential[0]! * Math.exp(u);
      const mass = (i === 0 || i === steps ? 0.5 : 1) * Math.exp((1 - alpha) * u - rate * x);
      for (const [k, value] of [1, u, x].entries()) sums[k]! += mass * value;
    }
    const mean = (f: (x: number) => number) => sets.exponential.reduce((sum, x) => sum + f(x), 0) / n;
    near(
      sums[1]! / sums[0]!,
      mean((x) => Math.log(x / sets.exponential[0]!)),
      1e-7,
    );
    near(
      sums[2]! / sums[0]!,
      mean((x) => x),
      1e-7,
    );
  });

  test("a tail with values beyond the power law's own has no cut", () => {
    // The largest is so large that the mean exceeds the (alpha − 1)/(alpha − 2)·xmin of the power law.
    const tail = quantiles(n, (u) => u ** (-1 / 3));
    tail[n - 1] = 500;
    expect(truncatedPowerLaw(tail)).toMatchObject({ rate: 0, logRatio: 0, p: 1 });
  });
});

describe("logNormalTail", () => {
  test.each([
    ["pareto", -33.633974, 4.8388296, 0.00913207773149921, 0.9311007],
    ["exponential", -0.14219825, 0.50794312, 2.0767731970063714, 0.2014411679],
    ["uniform", 0.35367964, 0.2230519, 16.11472067751578, 0.0008769936],
  ] as const)("%s", (name, mu, sigma, logRatio, vuongP) => {
    const fit = logNormalTail(sets[name]);
    near(fit.mu, mu, 1e-4);
    near(fit.sigma, sigma, 1e-4);
    expect(Math.abs(fit.logRatio - logRatio)).toBeLessThan(1e-11);
    near(fit.vuongP, vuongP, 1e-5);
  });

  test("is the power law where the logarithms vary more than they are large", () => {
    expect(logNormalTail(sets.beyond)).toEqual({
      mu: Number.NEGATIVE_INFINITY,
      sigma: Number.POSITIVE_INFINITY,
      logRatio: 0,
      p: 1,
      vuongP: 1,
    });
  });

  test("depends on the exponents of a power law in nothing", () => {
    expect(logNormalTail(sets.heavy).logRatio).toBeCloseTo(logNormalTail(sets.pareto).logRatio, 11);
  });
});

describe("both", () => {
  test.each([1e-200, 2 ** -40, 1e200])("scaled by %d", (scale) => {
    for (const tail of [sets.pareto, sets.uniform]) {
      const scaled = tail.map((value) => value * scale);
      const [truncated, logNormal] = [truncatedPowerLaw(scaled), logNormalTail(scaled)];
      expect(truncated.logRatio).toBeCloseTo(truncatedPowerLaw(tail).logRatio, 9);
      near(truncated.rate * scale, truncatedPowerLaw(tail).rate, 1e-6);
      expect(logNormal.logRatio).toBeCloseTo(logNormalTail(tail).logRatio, 9);
    }
  });

  test("equal values have neither", () => {
    expect(truncatedPowerLaw(new Float64Array(12).fill(3)).p).toBeNaN();
    expect(logNormalTail(new Float64Array(12).fill(3)).vuongP).toBeNaN();
  });

  test("of independent values of a power law about one in twenty is rejected, by Vuong's p fewer", () => {
    const runs = 300;
    const size = 40;
    const draw = uniforms(runs * size, 77);
    const rejected = { truncated: 0, logNormal: 0, vuong: 0 };
    for (let run = 0; run < runs; run++) {
      const tail = Float64Array.from(draw.slice(run * size, (run + 1) * size), (u) => u ** (-1 / 1.5)).sort();
      if (truncatedPowerLaw(tail).p < 0.05) rejected.truncated++;
      const { p, vuongP } = logNormalTail(tail);
      if (p < 0.05) rejected.logNormal++;
      if (vuongP < 0.05) rejected.vuong++;
    }
    // The law of the ratio is that of long tails; at forty values it rejects a little too often.
    expect(rejected.truncated / runs).toBeGreaterThan(0.02);
    expect(rejected.truncated / runs).toBeLessThan(0.11);
    expect(rejected.logNormal / runs).toBeGreaterThan(0.02);
    expect(rejected.logNormal / runs).toBeLessThan(0.09);
    expect(rejected.vuong).toBeLessThan(rejected.logNormal);
  });
});
