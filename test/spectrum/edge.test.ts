import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  countAboveEdge,
  countBelowEdge,
  edgeLogPValue,
  edgePValue,
  edgeSpread,
  edgeStatistic,
  edgeThreshold,
  lowerEdgePValue,
  lowerEdgeStatistic,
  tracyWidomDensity,
  tracyWidomQuantile,
} from "../../lib/spectrum/index.ts";
import { gramEigenvalues, laws, normalEdges, uniforms } from "../helpers/random-spectra.ts";

interface Configuration {
  law: string;
  N: number;
  M: number;
  replicates: number;
  excess_kurtosis_mean: number;
  centre: number;
  scale: number;
  T_kurtosis_shift_expected: number;
  quantile_probabilities: number[];
  T_quantiles: number[];
  T_quantile_standard_errors: number[];
}

/** Simulated elsewhere: largest eigenvalues of centred matrices, their trace known. */
const { configurations } = JSON.parse(
  readFileSync(new URL("../fixtures/reference/trap-calibration.json", import.meta.url), "utf8"),
) as { configurations: Configuration[] };

describe.each(configurations)("$law, $N × $M, against a recorded simulation", (reference) => {
  const { N, M, centre, scale } = reference;
  const noise = { N, M, sigma: 1, kurtosis: reference.excess_kurtosis_mean };

  test("centre, scale and shift", () => {
    const normal = { ...noise, kurtosis: 0 };
    expect(edgeStatistic(centre, normal)).toBeCloseTo(0, 10);
    expect(edgeStatistic(centre + scale, normal)).toBeCloseTo(1, 10);
    const shift = edgeStatistic(centre, normal) - edgeStatistic(centre, noise);
    expect(shift).toBeCloseTo(reference.T_kurtosis_shift_expected, 3);
  });

  test("the upper half of the quantiles", () => {
    reference.quantile_probabilities.forEach((probability, i) => {
      // At these sizes the largest of Laplace's entries are near τ, and the last quantiles theirs.
      if (probability < 0.5 || (reference.law === "laplace" && probability > 0.98)) return;
      const T = reference.T_quantiles[i]!;
      const error = 4 * reference.T_quantile_standard_errors[i]! * tracyWidomDensity(T);
      // First-order shift, second-order constants: a tenth of p at these sizes, more where the kurtosis moves T by one.
      const model = (0.12 + 0.1 * Math.abs(reference.T_kurtosis_shift_expected)) * (1 - probability);
      const p = edgePValue(centre + scale * T, noise);
      expect(Math.abs(p - (1 - probability))).toBeLessThan(error + model);
    });
  });
});

/** Share of p-values up to `level`, in standard errors from it. */
function excess(pValues: number[], level: number): number {
  const share = pValues.filter((p) => p <= level).length / pValues.length;
  return (share - level) / Math.sqrt((level * (1 - level)) / pValues.length);
}

test.each([
  [64, 64],
  [96, 48],
  [72, 64],
  [160, 40],
])("normal entries, %d × %d: both edges keep their level", (N, M) => {
  const uniform = uniforms(N);
  const upper: number[] = [];
  const lower: number[] = [];
  for (let run = 0; run < 1000; run++) {
    const { smallest, largest, meanSquare } = normalEdges(N, M, uniform);
    const noise = { N, M, sigma: Math.sqrt(meanSquare), kurtosis: 0 };
    upper.push(edgePValue(largest, noise));
    lower.push(lowerEdgePValue(smallest, noise) ?? Number.NaN);
  }
  for (const pValues of N === M ? [upper] : [upper, lower]) {
    for (const level of [0.2, 0.05, 0.01]) expect(Math.abs(excess(pValues, level))).toBeLessThan(4);
  }
});

test.each(["rademacher", "uniform", "laplace"])(
  "%s entries: the kurtosis shift restores the level",
  (name) => {
    const [N, M] = [96, 48];
    const { draw, kurtosis } = laws[name]!;
    const uniform = uniforms(7);
    const values = new Float64Array(N * M);
    const corrected: number[] = [];
    const plain: number[] = [];
    for (let run = 0; run < 400; run++) {
      for (let i = 0; i < values.length; i++) values[i] = draw(uniform);
      const sigma = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / (N * M));
      const spectrum = gramEigenvalues(values, N, M);
      for (const pValue of [edgePValue, lowerEdgePValue]) {
        const lambda = spectrum[pValue === edgePValue ? M - 1 : 0]!;
        corrected.push(pValue(lambda, { N, M, sigma, kurtosis })!);
        plain.push(pValue(lambda, { N, M, sigma, kurtosis: 0 })!);
      }
    }
    expect(Math.abs(excess(corrected, 0.05))).toBeLessThan(4);
    expect(Math.abs(excess(corrected, 0.2))).toBeLessThan(4);
    expect(Math.sign(kurtosis) * (excess(plain, 0.2) - excess(corrected, 0.2))).toBeGreaterThan(1);
  },
);

describe("threshold", () => {
  const noise = { N: 512, M: 256, sigma: 0.02, kurtosis: 0.3 };

  test.each([0.5, 0.05, 0.01, 5e-6, 1e-12, 1e-200])("has p-value %d", (p) => {
    for (const k of [1, 2, 200, 256]) {
      expect(Math.abs(edgePValue(edgeThreshold(p, noise, k), noise, k) / p - 1)).toBeLessThan(1e-9);
    }
  });

  test("scales with the variance and falls with k", () => {
    const doubled = edgeThreshold(0.01, { ...noise, sigma: 0.04 });
    expect(doubled / edgeThreshold(0.01, noise)).toBeCloseTo(4, 12);
    expect(edgeThreshold(0.01, noise, 2)).toBeLessThan(edgeThreshold(0.01, noise));
  });

  test("refuses levels that are none", () => {
    for (const p of [0, 0.6, -1, Number.NaN]) expect(() => edgeThreshold(p, noise)).toThrow(RangeError);
  });
});

describe("count above the edge", () => {
  const noise = { N: 256, M: 128, sigma: 1, kurtosis: 0 };
  const critical = (k: number) => edgeThreshold(0.01, noise, k);

  test("stops at the first that is not significant", () => {
    const { count, pValues } = countAboveEdge([900, critical(2) + 1e-6, critical(3) - 1, 900], noise, 0.01);
    expect(count).toBe(2);
    expect(pValues).toHaveLength(3);
    expect(pValues[1]).toBeCloseTo(0.01, 5);
    expect(pValues[2]).toBeGreaterThan(0.01);
  });

  test("reports the running maximum", () => {
    // The third stands further above its own edge than the second above its.
    const { pValues } = countAboveEdge([critical(1) + 0.1, critical(1), critical(1) - 0.1], noise, 0.05);
    expect([...pValues]).toEqual([...pValues].sort((a, b) => a - b));
  });

  test("ends with the list", () => {
    expect(countAboveEdge([900, 900], noise, 0.01).count).toBe(2);
    expect(countAboveEdge([], noise, 0.01)).toEqual({ count: 0, pValues: new Float64Array(0) });
  });

  test("finds planted outliers, and seldom one more", () => {
    const [N, M] = [64, 32];
    const uniform = uniforms(3);
    const counts = [0, 0, 0, 0, 0];
    for (let run = 0; run < 200; run++) {
      const values = Float64Array.from({ length: N * M }, () => laws["normal"]!.draw(uniform));
      const sigma = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / (N * M));
      for (const i of [0, 5 * M + 7]) values[i] = 2 * (N * M) ** 0.25;
      const spectrum = gramEigenvalues(values, N, M);
      const { count } = countAboveEdge(spectrum.toReversed(), { N, M, sigma, kurtosis: 0 }, 0.05);
      counts[count]!++;
    }
    expect(counts[0]! + counts[1]!).toBe(0);
    expect(counts[2]).toBeGreaterThanOrEqual(180);
  });
});

describe("count below the lower edge", () => {
  const [N, M] = [64, 32];
  const noise = { N, M, sigma: 1, kurtosis: 0 };

  test("finds a dead column and a faint one", () => {
    const uniform = uniforms(5);
    let exact = 0;
    for (let run = 0; run < 100; run++) {
      const values = Float64Array.from({ length: N * M }, (_, i) => {
        const factor = i % M === 0 ? 0 : i % M === 1 ? 0.1 : 1;
        return factor * laws["normal"]!.draw(uniform);
      });
      const { count, pValues } = countBelowEdge(gramEigenvalues(values, N, M), noise, 0.01);
      expect(count).toBeGreaterThanOrEqual(2);
      expect(pValues![0]).toBeLessThan(1e-12);
      if (count === 2) exact++;
    }
    expect(exact).toBeGreaterThanOrEqual(94);
  });

  test("says nothing of nearly square matrices", () => {
    const square = { ...noise, N: 39 };
    expect(countBelowEdge([0, 1], square, 0.01)).toEqual({ count: null, pValues: null, reason: "hard_edge" });
    expect(lowerEdgeStatistic(1, square)).toBeNull();
    expect(lowerEdgePValue(1, square)).toBeNull();
    expect(lowerEdgePValue(1, { ...square, N: 40 })).not.toBeNull();
  });
});

test("spread of the largest eigenvalue, in eigenvalue units", () => {
  const noise = { N: 64, M: 32, sigma: 3, kurtosis: 0 };
  const { below, above } = edgeSpread(noise, 0.95);
  const centre = 9 * (Math.sqrt(63.5) + Math.sqrt(31.5)) ** 2;
  expect(edgeStatistic(centre - below, noise)).toBeCloseTo(tracyWidomQuantile(0.025), 10);
  expect(edgeStatistic(centre + above, noise)).toBeCloseTo(tracyWidomQuantile(0.975), 10);
});

test("logarithms of p-values that underflow", () => {
  const noise = { N: 256, M: 128, sigma: 1, kurtosis: 0 };
  expect(edgePValue(1e6, noise)).toBe(0);
  expect(edgeLogPValue(1e6, noise)).toBeLessThan(edgeLogPValue(1e5, noise));
  expect(edgeLogPValue(0, noise)).toBeLessThanOrEqual(0);
});

test("refuses what is no matrix and no rank", () => {
  for (const noise of [
    { N: 2, M: 3, sigma: 1, kurtosis: 0 },
    { N: 3, M: 2, sigma: 0, kurtosis: 0 },
  ]) {
    expect(() => edgeStatistic(1, noise)).toThrow(RangeError);
    expect(() => lowerEdgeStatistic(1, noise)).toThrow(RangeError);
  }
  for (const k of [0, 3, 1.5]) {
    expect(() => edgePValue(1, { N: 3, M: 2, sigma: 1, kurtosis: 0 }, k)).toThrow(RangeError);
  }
});
