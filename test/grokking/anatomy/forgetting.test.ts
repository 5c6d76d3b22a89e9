import { expect, test } from "vitest";
import { forgetting } from "../../../lib/grokking/anatomy/forgetting.ts";

const labels = Uint32Array.of(0, 0, 0, 1, 1, 1, 2, 2);
const input = {
  labels,
  peak: Uint32Array.of(0, 0, 0, 1, 1, 2, 2, 0),
  later: Uint32Array.of(0, 2, 2, 1, 2, 1, 2, 1),
  margins: Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.3, -1, 0.7, -2),
  classes: 4,
  marginGroups: 2,
};

test("forgotten is what was right at the peak and is wrong later", () => {
  const { perClass, byMargin, takenFor, ...total } = forgetting(input);
  expect(total).toEqual({ right: 6, forgotten: 3, share: 0.5, learned: 1 });
  expect(perClass.map(({ right, forgotten }) => [right, forgotten])).toEqual([
    [3, 2],
    [2, 1],
    [1, 0],
    [0, 0],
  ]);
  expect(perClass[3]!.share).toBeNull();
  expect(byMargin).toEqual([
    { right: 3, forgotten: 3, share: 1, from: 0.1, to: 0.3 },
    { right: 3, forgotten: 0, share: 0, from: 0.7, to: 0.9 },
  ]);
  expect([...takenFor]).toEqual([0, 0, 3, 0]);
});

test("more groups than examples leave the empty ones out", () => {
  const { byMargin } = forgetting({ ...input, marginGroups: 20 });
  expect(byMargin.map(({ from }) => from)).toEqual([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]);
});

test("a network that learnt nothing has nothing to forget", () => {
  const never = forgetting({ ...input, peak: Uint32Array.of(3, 3, 3, 3, 3, 3, 3, 3) });
  expect(never).toMatchObject({ right: 0, forgotten: 0, share: null, byMargin: [], learned: 4 });
});

test("lists of different lengths are refused", () => {
  expect(() => forgetting({ ...input, later: labels.slice(1) })).toThrow(RangeError);
});
