import { describe, expect, test } from "vitest";
import { effectOf, outcomeOf, verdictOf } from "../../../lib/grokking/anatomy/effect.ts";
import type { Forward } from "../../../lib/grokking/parameters.ts";
import {
  classHistogram,
  logitMargins,
  predict,
  predictedClasses,
} from "../../../lib/grokking/predictions.ts";

const labels = Uint32Array.of(0, 0, 0, 1, 1, 2, 2, 2, 2, 2);
const before = Uint32Array.of(0, 0, 1, 1, 1, 2, 2, 2, 0, 0);
const after = Uint32Array.of(0, 1, 0, 1, 1, 2, 2, 0, 2, 2);

describe("the effect of an intervention", () => {
  const effect = effectOf(labels, before, after, 4);

  test("is the recount of the predictions", () => {
    expect(effect.before.accuracy).toBe(0.7);
    expect(effect.after.accuracy).toBe(0.8);
    expect(effect.change).toBeCloseTo(0.1, 15);
    expect([effect.gained, effect.lost]).toEqual([3, 2]);
    expect(effect.before.perClass).toEqual([2 / 3, 1, 3 / 5, null]);
    expect(effect.perClassChange.map((change) => change && Math.round(100 * change))).toEqual([
      0,
      0,
      20,
      null,
    ]);
    expect([...effect.before.confusion]).toEqual([2, 1, 0, 0, 0, 2, 0, 0, 2, 0, 3, 0, 0, 0, 0, 0]);
  });

  test("has the error of a binomial, and that of pairs", () => {
    expect(effect.standardError).toBeCloseTo(Math.sqrt((0.7 * 0.3 + 0.8 * 0.2) / 10), 14);
    // The deviation of ten differences of which three are +1 and two −1, over √10.
    const mean = 0.1;
    const squares = 3 * (1 - mean) ** 2 + 2 * (1 + mean) ** 2 + 5 * mean ** 2;
    expect(effect.pairedError).toBeCloseTo(Math.sqrt(squares / 10 / 10), 14);
  });

  test("none is none", () => {
    expect(effectOf(labels, before, before, 4)).toMatchObject({
      change: 0,
      gained: 0,
      lost: 0,
      pairedError: 0,
    });
  });

  test("lists of different lengths are refused", () => {
    expect(() => outcomeOf(labels, before.slice(1), 4)).toThrow(RangeError);
  });
});

test.each([
  [0.05, { active: true, harmful: true }, { active: true, harmful: true }],
  [-0.05, { active: true, harmful: false }, { active: true, harmful: true }],
  [0.03, { active: false, harmful: false }, { active: false, harmful: false }],
])("a change of %d at an error of 0.02", (change, raises, eitherSign) => {
  expect(verdictOf({ change, standardError: 0.02 })).toEqual(raises);
  expect(verdictOf({ change, standardError: 0.02 }, "either_sign")).toEqual(eitherSign);
});

test("predictions, their histogram and their margins", () => {
  const logits = Float64Array.of(1, 3, 2, /**/ 5, 5, 0, /**/ -2, -3, -1);
  expect([...predictedClasses(logits, 3)]).toEqual([1, 0, 2]);
  expect([...classHistogram(Uint32Array.of(1, 0, 1), 4)]).toEqual([1, 2, 0, 0]);
  expect([...logitMargins(logits, Uint32Array.of(1, 1, 0), 3)]).toEqual([1, 0, -1]);
  expect(() => predictedClasses(logits, 4)).toThrow(RangeError);
});

test("predictions are asked of a forward pass", async () => {
  // Predicts the token it reads, shifted by the bias.
  const forward: Forward = async (parameters, inputs, count) => {
    const logits = new Float64Array(3 * count);
    inputs.forEach((input, i) => {
      logits[3 * i + ((input + parameters["shift"]!.values[0]!) % 3)] = 1;
    });
    return logits;
  };
  const shift = { shape: [1], values: Float64Array.of(1) };
  const examples = { count: 3, classes: 3, inputs: Float64Array.of(0, 1, 2) };
  expect([...(await predict(forward, { shift }, examples))]).toEqual([1, 2, 0]);
});
