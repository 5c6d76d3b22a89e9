import fc from "fast-check";
import { expect, test } from "vitest";
import { naturalOrder } from "../../lib/checkpoint/natural-order.ts";

test("counts as people do", () => {
  const sorted = [
    "a",
    "a1",
    "a2",
    "a10",
    "a10.2",
    "a10.10",
    "a010.10",
    "a99999999999999999998",
    "a99999999999999999999",
    "ab",
    "b",
  ];
  const expected = sorted.toSpliced(5, 2, "a010.10", "a10.10");
  expect(sorted.toReversed().sort(naturalOrder)).toEqual(expected);
});

test("is a total order", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", ".", "0", "1", "2"), maxLength: 6 });
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(naturalOrder(a, b))).toBe(-Math.sign(naturalOrder(b, a)) + 0);
      expect(naturalOrder(a, b) === 0).toBe(a === b);
      if (naturalOrder(a, b) < 0 && naturalOrder(b, c) < 0) expect(naturalOrder(a, c)).toBeLessThan(0);
    }),
    { seed: 3, numRuns: 3000 },
  );
});
