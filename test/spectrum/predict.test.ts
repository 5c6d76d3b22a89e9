import { describe, expect, test } from "vitest";
import { edgePValue, edgeThreshold, predictTraps, type TrapPrediction } from "../../lib/spectrum/index.ts";
import { gaussian } from "../helpers/memory-matrix.ts";
import { momentsOf } from "../helpers/moments.ts";

const N = 256;
const M = 128;
const tau = (N * M) ** 0.25;

/** Normal entries of deviation 1, about, with some replaced. */
function entries(planted: Record<number, number>, mean = 0, seed = 3): Float64Array {
  const values = Float64Array.from(gaussian(N * M, seed), (value) => value + mean);
  for (const [position, value] of Object.entries(planted)) values[Number(position)] = value;
  return values;
}

function predict(values: Float64Array, level = 1e-4): TrapPrediction {
  const prediction = predictTraps(momentsOf(values), N, M, level);
  if (!("margins" in prediction)) throw new Error(prediction.reason);
  return prediction;
}

describe("predictTraps", () => {
  test("none of noise, and how far away the first one is", () => {
    const { traps, top, criticalMargin, confidence } = predict(entries({}));
    expect([traps, top, confidence]).toEqual([[], null, "calibrated"]);
    expect(criticalMargin).toBeGreaterThan(1);
    expect(criticalMargin).toBeLessThan(1.6);
  });

  test("an entry is a trap from the critical margin on, where its λ is the threshold", () => {
    const { criticalMargin } = predict(entries({}));
    const at = (margin: number) => predict(entries({ 77: -margin * tau }));
    expect(at(0.97 * criticalMargin).traps).toHaveLength(0);
    const [trap] = at(1.03 * criticalMargin).traps;
    expect(trap).toMatchObject({ end: "low", index: 0 });
    expect(trap!.lambda / trap!.threshold).toBeGreaterThan(1);
    expect(trap!.lambda / trap!.threshold).toBeLessThan(1.02);
  });

  test("λ, threshold and p are those of the edge test with the bulk's deviation and kurtosis", () => {
    const { traps, margins } = predict(entries({ 5: 3 * tau, 600: -2 * tau }));
    const noise = { N, M, sigma: margins.bulkDeviation!, kurtosis: margins.bulkKurtosis! };
    expect(traps.map(({ end }) => end)).toEqual(["high", "low"]);
    for (const [i, { value, lambda, threshold, logP }] of traps.entries()) {
      const g = M / N;
      const y = (value - margins.mean!) ** 2 / (N * noise.sigma ** 2);
      expect(lambda / (N * noise.sigma ** 2)).toBeCloseTo(((1 + y) * (g + y)) / y, 9);
      expect(threshold).toBe(edgeThreshold(1e-4, noise, i + 1));
      expect(Math.exp(logP)).toBeCloseTo(edgePValue(lambda, noise, i + 1), 12);
    }
  });

  test("what is within 15% of the threshold is near, and so is every entry beyond the edge of a bulk not far below it", () => {
    const small = 1e-12;
    const { criticalMargin } = predict(entries({}), small);
    const near = (margin: number, level: number) => predict(entries({ 77: -margin * tau }), level).near;
    expect([predict(entries({})).near, near(0.8, 1e-4)]).toEqual([false, false]);
    // At 1e-4 the edge itself is within 15% of the threshold; at 1e-12 λ reaches 85% of it below 0.85 of the margin.
    expect(near(1.01, 1e-4)).toBe(true);
    const y = (0.84 * criticalMargin) ** 2 * Math.sqrt(M / N);
    const lambda = N * (1 + y) * (1 + M / N / y);
    const noise = { N, M, sigma: 1, kurtosis: 0 };
    expect(lambda / edgeThreshold(small, noise, 1)).toBeGreaterThan(0.85);
    expect(near(0.84 * criticalMargin, small)).toBe(true);
    expect(near(1.01, small)).toBe(false);
    expect(predict(entries({}, 1.05 / tau)).near).toBe(true);
  });

  test("a giant hides no smaller one", () => {
    expect(predict(entries({ 5: 300 * tau, 600: -1.8 * tau, 700: 1.9 * tau })).traps).toHaveLength(3);
  });

  test("the mean makes one of its own", () => {
    const mean = 2 / tau;
    const { traps, top } = predict(entries({}, mean));
    expect(traps).toMatchObject([{ end: "mean", index: null }]);
    expect(traps[0]!.margin).toBeCloseTo(2, 1);
    expect(top).toBeNull();
  });

  test("tails that reach far cost the confidence", () => {
    expect(predict(entries({ 9: 0.9 * tau })).confidence).toBe("heavy_tailed");
    const cubes = Float64Array.from(gaussian(N * M, 4), (value) => value ** 3);
    expect(predict(cubes).confidence).toBe("heavy_tailed");
  });

  test("a constant matrix has a reason instead", () => {
    expect(predictTraps(momentsOf(new Float64Array(N * M).fill(2)), N, M, 0.01)).toEqual({
      reason: "no_deviation",
    });
  });
});
