import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  marchenkoPasturCdf,
  marchenkoPasturDensity,
  marchenkoPasturEdges,
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
