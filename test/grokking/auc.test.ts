import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { auc } from "../../lib/grokking/auc.ts";
import { philox4x32 } from "../../lib/spectrum/philox.ts";

const values = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 20 });

describe("the area", () => {
  test("is the chance that a positive is larger, ties counting half", () => {
    fc.assert(
      fc.property(values, values, (positive, negative) => {
        const pairs = positive.flatMap((p) => negative.map((n) => (p > n ? 1 : p === n ? 0.5 : 0)));
        const chance = pairs.reduce((sum: number, won) => sum + won, 0) / pairs.length;
        expect(auc(positive, negative).auc).toBeCloseTo(chance, 12);
      }),
    );
  });

  test("of swapped groups is the complement, and so is the interval", () => {
    fc.assert(
      fc.property(values, values, (positive, negative) => {
        const [one, other] = [auc(positive, negative), auc(negative, positive)];
        expect(one.auc + other.auc).toBeCloseTo(1, 12);
        expect(one.low + other.high).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe("the interval", () => {
  test("holds the area and stays within 0 and 1", () => {
    fc.assert(
      fc.property(values, values, (positive, negative) => {
        const { auc: area, low, high } = auc(positive, negative);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(area);
        expect(high).toBeGreaterThanOrEqual(area);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("keeps a width when five runs are separated from five, and narrows with more", () => {
    const five = auc([6, 7, 8, 9, 10], [1, 2, 3, 4, 5]);
    expect(five).toMatchObject({ auc: 1, high: 1, positives: 5, negatives: 5 });
    expect(five.low).toBeGreaterThan(0.5);
    expect(five.low).toBeLessThan(0.8);
    const fifty = auc(
      Array.from({ length: 50 }, (_, index) => 100 + index),
      Array.from({ length: 50 }, (_, index) => index),
    );
    expect(fifty.low).toBeGreaterThan(0.9);
  });

  // X exponential of mean r, Y of mean 1: P(X > Y) = r/(1 + r).
  test("covers the true area of exponential groups of ten in about 95 of 100 draws", () => {
    const draws = 1500;
    for (const ratio of [1, 3, 8]) {
      let covered = 0;
      for (let draw = 0; draw < draws; draw++) {
        const group = (which: number, mean: number): number[] =>
          Array.from({ length: 10 }, (_, index) => {
            const word = philox4x32([draw, which, index, ratio], [20, 6])[0]!;
            return -mean * Math.log((word + 0.5) / 2 ** 32);
          });
        const { low, high } = auc(group(0, ratio), group(1, 1));
        const truth = ratio / (1 + ratio);
        if (low <= truth && truth <= high) covered++;
      }
      // Three standard errors of 1,500 draws are 1.7%; the method errs by a few percent itself.
      expect(covered / draws).toBeGreaterThan(0.92);
      expect(covered / draws).toBeLessThan(0.985);
    }
  });

  test("agrees with the variance of DeLong and others for large groups", () => {
    const size = 300;
    const normalish = (which: number): number[] =>
      Array.from({ length: size }, (_, index) => {
        const words = philox4x32([index, which, 0, 0], [7, 7]);
        return words.reduce((sum, word) => sum + word / 2 ** 32, which);
      });
    const [positive, negative] = [normalish(1), normalish(0)];
    const wins = (value: number, others: readonly number[]): number =>
      others.filter((other) => value > other).length / size;
    const ofPositive = positive.map((value) => wins(value, negative));
    const ofNegative = negative.map((value) => 1 - wins(value, positive));
    const se = Math.sqrt((variance(ofPositive) + variance(ofNegative)) / size);
    const { low, high } = auc(positive, negative);
    expect((high - low) / (2 * 1.96 * se)).toBeGreaterThan(0.85);
    expect((high - low) / (2 * 1.96 * se)).toBeLessThan(1.15);
  });
});

test("groups must not be empty, and values finite", () => {
  expect(() => auc([], [1])).toThrow(RangeError);
  expect(() => auc([1], [Number.NaN])).toThrow(RangeError);
});

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
