import { describe, expect, test } from "vitest";
import { interventions } from "../../../lib/grokking/anatomy/interventions.ts";
import { REMOVAL_MODES, randomRankOne, removeTrap } from "../../../lib/grokking/anatomy/removal.ts";
import { eigenvalues } from "../../../lib/solver/eigenvalues.ts";
import { gaussian } from "../../helpers/memory-matrix.ts";

const n = 40 * 50;
const weights = Float64Array.from(gaussian(n, 1), (w) => w + 0.3);
const trap = Float64Array.from(gaussian(n, 2), (t) => 0.5 * t - 0.2);

const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: Float64Array): number => {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length);
};
/** R of W − T + R. */
const noiseOf = (removed: Float64Array): Float64Array =>
  removed.map((value, i) => value - weights[i]! + trap[i]!);

describe("removing a trap", () => {
  test("W − T + T is W within rounding, and W stays as it was", () => {
    const before = weights.slice();
    const rest = removeTrap(weights, trap, "subtract", 1);
    rest.forEach((value, i) => {
      const scale = Math.abs(weights[i]!) + Math.abs(trap[i]!);
      expect(Math.abs(value + trap[i]! - weights[i]!)).toBeLessThanOrEqual(2 * Number.EPSILON * scale);
    });
    expect(weights).toEqual(before);
  });

  test("replace puts noise of T's mean and deviation in its place", () => {
    const noise = noiseOf(removeTrap(weights, trap, "replace", 1));
    const error = deviation(trap) / Math.sqrt(n);
    expect(Math.abs(mean(noise) - mean(trap))).toBeLessThan(4 * error);
    expect(Math.abs(deviation(noise) - deviation(trap))).toBeLessThan((4 * error) / Math.SQRT2);
  });

  test("replace_centred puts noise of T's norm in its place, without a mean", () => {
    const noise = noiseOf(removeTrap(weights, trap, "replace_centred", 1));
    expect(Math.abs(mean(noise))).toBeLessThan(1e-14);
    expect(Math.hypot(...noise)).toBeCloseTo(Math.hypot(...trap), 10);
  });

  test("centre takes the mean of W", () => {
    const centred = removeTrap(weights, trap, "centre", 1);
    expect(Math.abs(mean(centred))).toBeLessThan(1e-14);
    expect(centred[7]! - centred[8]!).toBeCloseTo(weights[7]! - weights[8]!, 13);
  });

  test("the same seed draws the same noise, another another", () => {
    for (const mode of ["replace", "replace_centred"] as const) {
      const first = removeTrap(weights, trap, mode, 1);
      expect(removeTrap(weights, trap, mode, 1)).toEqual(first);
      expect(removeTrap(weights, trap, mode, 2)).not.toEqual(first);
    }
  });

  test("a trap of another size is refused", () => {
    expect(() => removeTrap(weights, trap.slice(1), "subtract", 1)).toThrow(RangeError);
  });
});

test("the random control has rank 1 and the norm asked for", async () => {
  const values = randomRankOne(40, 50, 7, 1);
  const spectrum = await eigenvalues({ values, rows: 40, cols: 50 });
  expect(spectrum.at(-1)).toBeCloseTo(49, 9);
  expect(spectrum.at(-2)).toBeLessThan(1e-10);
});

test("interventions are every removal and both controls, of one matrix alone", () => {
  const parameters = {
    w: { shape: [40, 50], values: weights },
    b: { shape: [40], values: new Float64Array(40) },
  };
  const mode = (values: Float64Array) => ({
    ...{ values, eigenvalue: values.reduce((sum, value) => sum + value * value, 0), strength: 1 },
    ...{ rowVector: new Float64Array(40), colVector: new Float64Array(50) },
  });
  const bulk = mode(Float64Array.from(gaussian(n, 3)));
  const made = interventions(parameters, "w", mode(trap), { bulk }, 1);
  expect(made.map(({ kind }) => kind)).toEqual([...REMOVAL_MODES, "bulk", "random_rank_one"]);
  for (const { parameters: altered } of made) expect(altered["b"]).toBe(parameters.b);
  expect(made[0]!.parameters["w"]!.values).toEqual(removeTrap(weights, trap, "subtract", 1));
  expect(made[4]!.parameters["w"]!.values).toEqual(removeTrap(weights, bulk.values, "subtract", 1));
  const taken = made[5]!.parameters["w"]!.values.map((value, i) => weights[i]! - value);
  expect(Math.hypot(...taken)).toBeCloseTo(Math.hypot(...trap), 9);
  expect(interventions(parameters, "w", mode(trap), { bulk: null }, 1).length).toBe(5);
});
