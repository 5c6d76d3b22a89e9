import { expect, test } from "vitest";
import { batches } from "../../lib/grokking/batches.ts";

const plan = { examples: 20, batchSize: 4, seed: 5 };

test("every epoch shows every example once", () => {
  for (const order of ["fixed", "reshuffled"] as const) {
    const all = batches({ ...plan, order }, 0, 15);
    for (const epoch of [0, 1, 2]) {
      const seen = all.slice(20 * epoch, 20 * (epoch + 1)).sort();
      expect(Array.from(seen)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    }
  }
});

test("a fixed order repeats the first epoch, the other never", () => {
  const fixed = batches({ ...plan, order: "fixed" }, 0, 10);
  const reshuffled = batches({ ...plan, order: "reshuffled" }, 0, 10);
  expect(fixed.slice(20)).toEqual(fixed.slice(0, 20));
  expect(reshuffled.slice(0, 20)).toEqual(fixed.slice(0, 20));
  expect(reshuffled.slice(20)).not.toEqual(reshuffled.slice(0, 20));
});

test("any step is known without those before it", () => {
  for (const order of ["fixed", "reshuffled"] as const) {
    const all = batches({ ...plan, order }, 0, 40);
    expect(batches({ ...plan, order }, 13, 9)).toEqual(all.slice(13 * 4, 22 * 4));
  }
  expect(batches({ ...plan, order: "reshuffled" }, 1e12, 5)).toHaveLength(20);
});

test("another seed gives another order", () => {
  const order = "fixed";
  expect(batches({ ...plan, order, seed: 6 }, 0, 5)).not.toEqual(batches({ ...plan, order }, 0, 5));
});

test("a batch size that does not divide the examples is refused", () => {
  expect(() => batches({ ...plan, batchSize: 3, order: "fixed" }, 0, 1)).toThrow(
    expect.objectContaining({ code: "US_OPTION" }),
  );
});
