import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  marchenkoPasturCdf,
  marchenkoPasturDensity,
  marchenkoPasturEdges,
  marchenkoPasturMeanLog,
  marchenkoPasturMoment,
  marchenkoPasturQuantile,
} from "../../lib/spectrum/index.ts";

interface Configuration {
  Q: number;
  sigma: number;
  lambda_minus: number;
  lambda_plus: number;
  x: number[];
  density: number[];
  cdf: number[];
  quantile_probabilities: number[];
  quantiles: number[];
  moments_1_to_8: number[];
  mean_log: number;
}

/** Of WᵀW/N; ours is the law of WᵀW. */
const { configurations } = JSON.parse(
  readFileSync(new URL("../fixtures/reference/mp.json", import.meta.url), "utf8"),
) as { configurations: Configuration[] };

describe.each(configurations)("Q=$Q, sigma=$sigma", (reference) => {
  const { Q, sigma } = reference;
  const M = 80;
  const N = Q * M;
  const law = { N, M, sigma };
  const largest = reference.lambda_plus;

  test("edges", () => {
    const { lower, upper } = marchenkoPasturEdges(law);
    expect(Math.abs(upper / N / largest - 1)).toBeLessThan(1e-14);
    expect(Math.abs(lower / N - reference.lambda_minus) / largest).toBeLessThan(1e-14);
  });

  test("density", () => {
    reference.x.forEach((x, i) => {
      const density = N * marchenkoPasturDensity(N * x, law);
      expect(Math.abs(density / reference.density[i]! - 1)).toBeLessThan(1e-11);
    });
  });

  test("distribution function", () => {
    reference.x.forEach((x, i) => {
      expect(Math.abs(marchenkoPasturCdf(N * x, law) - reference.cdf[i]!)).toBeLessThan(1e-12);
    });
    reference.quantiles.forEach((x, i) => {
      const probability = marchenkoPasturCdf(N * x, law);
      expect(Math.abs(probability - reference.quantile_probabilities[i]!)).toBeLessThan(1e-12);
    });
  });

  test("quantiles", () => {
    reference.quantiles.forEach((x, i) => {
      const quantile = marchenkoPasturQuantile(reference.quantile_probabilities[i]!, law) / N;
      expect(Math.abs(quantile - x) / largest).toBeLessThan(1e-12);
    });
    const { lower, upper } = marchenkoPasturEdges(law);
    expect([marchenkoPasturQuantile(0, law), marchenkoPasturQuantile(1, law)]).toEqual([lower, upper]);
  });

  test("moments", () => {
    expect(marchenkoPasturMoment(0, law)).toBe(1);
    reference.moments_1_to_8.forEach((moment, i) => {
      expect(Math.abs(marchenkoPasturMoment(i + 1, law) / N ** (i + 1) / moment - 1)).toBeLessThan(1e-13);
    });
  });

  test("mean of the logarithm", () => {
    expect(Math.abs(marchenkoPasturMeanLog(law) - Math.log(N) - reference.mean_log)).toBeLessThan(1e-13);
  });

  test("nothing outside the edges", () => {
    const { lower, upper } = marchenkoPasturEdges(law);
    expect(marchenkoPasturCdf(lower, law)).toBe(0);
    expect(marchenkoPasturCdf(upper * 1.01, law)).toBe(1);
    expect(marchenkoPasturDensity(upper * 1.01, law)).toBe(0);
    expect(marchenkoPasturDensity(lower * 0.99, law)).toBe(0);
  });
});

test("refuses what is no law", () => {
  expect(() => marchenkoPasturEdges({ N: 2, M: 3, sigma: 1 })).toThrow(RangeError);
  expect(() => marchenkoPasturEdges({ N: 2, M: 1, sigma: 0 })).toThrow(RangeError);
  expect(() => marchenkoPasturEdges({ N: 2, M: 1, sigma: Number.NaN })).toThrow(RangeError);
});

test("refuses what is no probability and no order", () => {
  const law = { N: 2, M: 1, sigma: 1 };
  for (const p of [-0.1, 1.1, Number.NaN]) expect(() => marchenkoPasturQuantile(p, law)).toThrow(RangeError);
  for (const k of [-1, 0.5]) expect(() => marchenkoPasturMoment(k, law)).toThrow(RangeError);
});

test("quantiles far out, in small and in tall matrices", () => {
  for (const law of [
    { N: 4096, M: 4096, sigma: 0.02 },
    { N: 90 * 64, M: 64, sigma: 3 },
    { N: 1, M: 1, sigma: 1 },
  ]) {
    for (const p of [1e-9, 1e-4, 0.5, 0.9999]) {
      expect(Math.abs(marchenkoPasturCdf(marchenkoPasturQuantile(p, law), law) - p)).toBeLessThan(1e-13);
    }
  }
});
