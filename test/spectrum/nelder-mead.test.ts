import { expect, test } from "vitest";
import { minimize } from "../../lib/spectrum/nelder-mead.ts";

const functions = {
  parabola: (x: number) => (x - 1.25) ** 2,
  kink: (x: number) => Math.abs(x - 0.7) + 0.1 * x * x,
  wave: (x: number) => Math.cos(3 * x) + 0.1 * x,
  plateau: (x: number) => (x < 1 ? 1000 : (x - 2) ** 4),
  constant: () => 7,
};

// Result and number of evaluations of scipy.optimize.fmin (1.17) with its defaults.
test.each([
  ["parabola", 0.3, 1.2499804687500005, 38],
  ["parabola", 1.25, 1.25, 22],
  ["parabola", 40, 1.25, 46],
  ["kink", 0.2, 0.7000000000000017, 34],
  ["kink", 0.68, 0.69998828125, 20],
  ["kink", 5, 0.70001220703125, 38],
  ["wave", 0.5, 1.036132812500001, 32],
  ["wave", 2, 1.0361328124999993, 32],
  ["wave", 3.3, 3.13048828125, 26],
  ["plateau", 0.96, 1.9999687500000007, 34],
  ["plateau", 0.5, 0.5, 26],
  ["plateau", 7, 2.000024414062498, 38],
  ["constant", 1, 1, 29],
] as const)("%s from %d takes scipy's steps", (name, start, expected, evaluations) => {
  let calls = 0;
  const found = minimize((x) => {
    calls++;
    return functions[name](x);
  }, start);
  expect(found).toBeCloseTo(expected, 14);
  expect(calls).toBe(evaluations);
});
