import { expect, test } from "vitest";
import { fitPower, median } from "../../lib/bench/statistics.ts";

test("the median of odd and even numbers of values, in any order", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
});

test("a power law is found again", () => {
  const fit = fitPower([64, 128, 512, 4096].map((x) => ({ x, y: 3e-9 * x ** 2.5 })))!;
  expect(fit.exponent).toBeCloseTo(2.5, 12);
  expect(fit.factor / 3e-9).toBeCloseTo(1, 10);
  expect(fit.worst).toBeCloseTo(1, 10);
});

test("a point that lies off is told by its factor", () => {
  const points = [1, 2, 4, 8].map((x) => ({ x, y: x }));
  points[1]!.y *= 2;
  expect(fitPower(points)!.worst).toBeGreaterThan(1.4);
});

test("one size has no exponent", () => {
  expect(fitPower([{ x: 256, y: 1 }])).toBeNull();
  expect(
    fitPower([
      { x: 256, y: 1 },
      { x: 256, y: 2 },
    ]),
  ).toBeNull();
});
