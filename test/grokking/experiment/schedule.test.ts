import { expect, test } from "vitest";
import { logSteps, stops } from "../../../lib/grokking/experiment/schedule.ts";

test("steps are spaced evenly in the logarithm, with both ends", () => {
  expect(logSteps(100, 2)).toEqual([0, 1, 3, 10, 32, 100]);
  expect(logSteps(50, 2)).toEqual([0, 1, 3, 10, 32, 50]);
  expect(logSteps(1, 8)).toEqual([0, 1]);
  const steps = logSteps(400_000, 96);
  for (const [i, step] of steps.entries()) {
    if (step <= 1000 || i === steps.length - 1) continue;
    expect(Math.abs(Math.log10(step / steps[i - 1]!) - 1 / 96)).toBeLessThan(1 / step);
  }
});

test("a checkpoint is a record of the curve too, and one more if it divides nothing", () => {
  const spaced = stops(10_000, 96, 8);
  expect(spaced.map(({ step }) => step)).toEqual(logSteps(10_000, 96));
  expect(spaced.filter(({ checkpoint }) => checkpoint).map(({ step }) => step)).toEqual(logSteps(10_000, 8));
  expect(stops(100, 1, 2).map(({ step }) => step)).toEqual([0, 1, 3, 10, 32, 100]);
});
