import { expect, test } from "vitest";
import { ProgressMeter } from "../../lib/analysis/progress.ts";

test("rate and rest follow the work done, not the number of matrices", () => {
  let clock = 100;
  const meter = new ProgressMeter(3, 1000, () => clock);
  clock += 2;
  expect(meter.finish("a", 100, false)).toEqual({
    done: 1,
    total: 3,
    failed: 0,
    flopsDone: 100,
    flopsTotal: 1000,
    flopsPerSecond: 50,
    secondsElapsed: 2,
    secondsRemaining: 18,
    name: "a",
  });
  clock += 2;
  expect(meter.finish("b", 700, true)).toMatchObject({ failed: 1, flopsPerSecond: 200, secondsRemaining: 1 });
  clock += 1;
  expect(meter.finish("c", 200, false)).toMatchObject({ done: 3, failed: 1, secondsRemaining: 0 });
});

test("there is no rate before anything is measurable, and no rest without a rate", () => {
  let clock = 0;
  const meter = new ProgressMeter(2, 50, () => clock);
  expect(meter.finish("broken", 0, true)).toMatchObject({ flopsPerSecond: null, secondsRemaining: null });
  clock = 1;
  expect(meter.finish("last", 50, false)).toMatchObject({ flopsPerSecond: 50, secondsRemaining: 0 });
});
