import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Examples } from "../../lib/grokking/examples.ts";
import { modularAddition, modularAdditionTable } from "../../lib/grokking/tasks/modular-addition.ts";
import { stratifiedSubset } from "../../lib/grokking/tasks/subset.ts";
import { syntheticDigits } from "../../lib/grokking/tasks/synthetic-digits.ts";
import type { Task } from "../../lib/grokking/tasks/task.ts";

const digest = ({ inputs, labels }: Examples) =>
  createHash("sha256")
    .update(new Uint8Array(inputs.buffer))
    .update(new Uint8Array(labels.buffer))
    .digest("hex");

function perClass({ labels, classes }: Examples): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}

/** Share of the test examples whose nearest training example has their label. */
function nearestNeighbourAccuracy({ train, test }: Task): number {
  const { width } = train;
  let right = 0;
  for (let t = 0; t < test.count; t++) {
    let [best, label] = [Number.POSITIVE_INFINITY, -1];
    for (let i = 0; i < train.count; i++) {
      let distance = 0;
      for (let k = 0; k < width && distance < best; k++) {
        distance += (test.inputs[t * width + k]! - train.inputs[i * width + k]!) ** 2;
      }
      if (distance < best) [best, label] = [distance, train.labels[i]!];
    }
    if (label === test.labels[t]) right++;
  }
  return right / test.count;
}

const digits = { side: 14, trainPerClass: 25, testPerClass: 100, seed: 0 };

test("digits are the same bytes for the same seed, on every machine", () => {
  const { train, test } = syntheticDigits({ ...digits, testPerClass: 5 });
  expect(digest(syntheticDigits(digits).train)).toBe(digest(train));
  expect(digest(train)).toBe("175d53d266ce346f22ac4c4e36da707ee9d2b5bad7a786c2df71907ea96d0b0f");
  expect(digest(syntheticDigits({ ...digits, seed: 1 }).train)).not.toBe(digest(train));
  expect(digest(test)).not.toBe(digest(syntheticDigits({ ...digits, trainPerClass: 5 }).train));
  expect(perClass(train)).toEqual(new Array(10).fill(25));
  expect(train.inputs.every((pixel) => pixel >= 0 && pixel <= 1 && Number.isInteger(255 * pixel))).toBe(true);
});

test("a digit does not depend on how many are drawn", () => {
  const few = syntheticDigits({ ...digits, trainPerClass: 3, testPerClass: 1 }).train;
  const many = syntheticDigits({ ...digits, trainPerClass: 5, testPerClass: 1 }).train;
  expect(few.inputs).toEqual(many.inputs.subarray(0, few.inputs.length));
});

test("the nearest neighbour names 75 to 85% at the default difficulty, all at 0 and few at 1", () => {
  for (const seed of [0, 1]) {
    const accuracy = nearestNeighbourAccuracy(syntheticDigits({ ...digits, seed }));
    expect(accuracy).toBeGreaterThan(0.75);
    expect(accuracy).toBeLessThan(0.85);
  }
  const few = { ...digits, testPerClass: 30 };
  expect(nearestNeighbourAccuracy(syntheticDigits({ ...few, difficulty: 0 }))).toBe(1);
  expect(nearestNeighbourAccuracy(syntheticDigits({ ...few, difficulty: 1 }))).toBeLessThan(0.4);
});

test("digits of 28 × 28 are as hard", () => {
  const accuracy = nearestNeighbourAccuracy(syntheticDigits({ ...digits, side: 28, testPerClass: 50 }));
  expect(accuracy).toBeGreaterThan(0.72);
  expect(accuracy).toBeLessThan(0.85);
});

test("options that make no digits are refused", () => {
  expect(() => syntheticDigits({ ...digits, side: 7 })).toThrow(RangeError);
  expect(() => syntheticDigits({ ...digits, difficulty: Number.NaN })).toThrow(RangeError);
  expect(() => syntheticDigits({ ...digits, testPerClass: 0 })).toThrow(RangeError);
});

/** Example i holds the number i; labels in runs of unequal length. */
const numbered: Examples = {
  count: 60,
  width: 1,
  classes: 3,
  inputs: Float64Array.from({ length: 60 }, (_, i) => i),
  labels: Uint32Array.from({ length: 60 }, (_, i) => (i < 10 ? 0 : i < 25 ? 1 : 2)),
};

test("a subset has exactly as many of each class, without repetition", () => {
  const subset = stratifiedSubset(numbered, 7, 1);
  expect(perClass(subset)).toEqual([7, 7, 7]);
  expect(new Set(subset.inputs).size).toBe(21);
  expect(subset.labels).toEqual(Uint32Array.from(subset.inputs, (i) => numbered.labels[i]!));
  expect(stratifiedSubset(numbered, 7, 1)).toEqual(subset);
  expect(stratifiedSubset(numbered, 7, 2).inputs).not.toEqual(subset.inputs);
});

test("a hundred per class are exactly a hundred, however many there are", () => {
  const labels = Uint32Array.from({ length: 1500 }, (_, i) => (i < 1000 ? i % 10 : i % 3));
  const images = { count: 1500, width: 1, classes: 10, inputs: new Float64Array(1500), labels };
  expect(perClass(stratifiedSubset(images, 100, 0))).toEqual(new Array(10).fill(100));
});

test("a class with too few examples is named", () => {
  expect(() => stratifiedSubset(numbered, 11, 0)).toThrow(
    expect.objectContaining({
      code: "TASK_CLASS_TOO_SMALL",
      reason: expect.stringContaining("class 0 has 10"),
    }),
  );
  expect(() => stratifiedSubset(numbered, 0, 0)).toThrow(RangeError);
});

test("the table of addition has every pair once, with its sum", () => {
  const { count, inputs, labels } = modularAdditionTable(7);
  expect(count).toBe(49);
  const pairs = Array.from({ length: count }, (_, i) => [...inputs.subarray(3 * i, 3 * i + 3)]);
  expect(new Set(pairs.map(String)).size).toBe(49);
  for (const [i, [x, y, sign]] of pairs.entries()) {
    expect(sign).toBe(7);
    expect(labels[i]).toBe((x! + y!) % 7);
  }
});

test("the pairs for training are a share of all, and none is in the test", () => {
  const { train, test } = modularAddition(31, 0.5, 4);
  expect([train.count, test.count]).toEqual([481, 480]);
  const pair = ({ inputs }: Examples, i: number) => 31 * inputs[3 * i]! + inputs[3 * i + 1]!;
  const all = [train, test].flatMap((part) => Array.from({ length: part.count }, (_, i) => pair(part, i)));
  expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 961 }, (_, i) => i));
  expect(modularAddition(31, 0.5, 4).train).toEqual(train);
  expect(modularAddition(31, 0.5, 5).train.inputs).not.toEqual(train.inputs);
  expect(() => modularAddition(31, 1, 0)).toThrow(RangeError);
  expect(() => modularAddition(1, 0.5, 0)).toThrow(RangeError);
});
