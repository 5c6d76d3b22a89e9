import { expect, test } from "vitest";
import { work } from "../../lib/solver/work.ts";

const shape = (rows: number, cols: number, taps = 1) => ({ rows, cols, taps });

test("an expert of GPT-OSS costs 2.390e10 for its Gram and 3.185e10 for its eigenvalues", () => {
  const { gram, eigen, total } = work({ matrix: shape(2880, 2880), replicas: 0 });
  expect(gram / 2.39e10).toBeCloseTo(1, 3);
  expect(eigen / 3.185e10).toBeCloseTo(1, 3);
  expect(total).toBe(gram + eigen);
});

test("the smaller side counts, whichever it is", () => {
  expect(work({ matrix: shape(201088, 2880), replicas: 0 }).gram / 1.668e12).toBeCloseTo(1, 3);
  expect(work({ matrix: shape(512, 2880), replicas: 0 })).toEqual(
    work({ matrix: shape(2880, 512), replicas: 0 }),
  );
});

test("every shuffled copy and every tap costs the same again", () => {
  const one = work({ matrix: shape(6, 4), replicas: 0 });
  expect(one).toEqual({ gram: 6 * 4 * 5, eigen: (4 * 64) / 3, total: 120 + 256 / 3 });
  expect(work({ matrix: shape(6, 4, 9), replicas: 2 }).gram).toBe(27 * one.gram);
  expect(work({ matrix: shape(6, 4, 9), replicas: 2 }).eigen).toBeCloseTo(27 * one.eigen, 9);
});

test("a fused matrix needs a Gram of its own only for its shuffles, if its parts have theirs on the same side", () => {
  const alone = work({ matrix: shape(12, 4), replicas: 0 });
  const parts = [shape(6, 4), shape(6, 4)];
  expect(work({ matrix: shape(12, 4), replicas: 0, fused: parts })).toEqual({
    gram: 0,
    eigen: alone.eigen,
    total: alone.eigen,
  });
  expect(work({ matrix: shape(12, 4), replicas: 1, fused: parts }).gram).toBe(alone.gram);
  const wide = work({ matrix: shape(12, 8), replicas: 0, fused: [shape(6, 8), shape(6, 8)] });
  expect(wide.gram).toBe(12 * 8 * 9);
});
