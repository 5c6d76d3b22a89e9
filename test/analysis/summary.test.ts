import { expect, test } from "vitest";
import { summarize } from "../../lib/analysis/summary.ts";
import { fakeErrorRow, fakeRow } from "./fakes.ts";

test("means leave failures out and say over how many rows they go", () => {
  const summary = summarize([
    fakeRow("a", {
      alpha: 1.5,
      stableRank: 2,
      traps: 0,
      trapMargin: 0.3,
      meanMargin: 0.6,
      trapThreshold: 1.2,
    }),
    fakeRow("b", { alpha: 7.5, stableRank: 4, traps: 3, meanTrap: true }),
    fakeRow("c", { alpha: null, stableRank: 6, traps: null }),
    fakeErrorRow("d", "NON_FINITE"),
    fakeErrorRow("e", "MX_SCALE_NAN"),
    fakeErrorRow("f", "NON_FINITE"),
  ]);
  expect(summary).toMatchObject({
    schema: "spectrap-summary/2",
    matrices: 6,
    failed: 3,
    errors: { NON_FINITE: 2, MX_SCALE_NAN: 1 },
    withEntryTraps: 1,
    withMeanTraps: 1,
    tested: 2,
    nearest: { name: "a", margin: 0.6, threshold: 1.2 },
    alphaBelow2: 1,
    alphaAbove6: 1,
  });
  expect(summary.means.alpha).toEqual({ mean: 4.5, rows: 2 });
  expect(summary.means.stableRank).toEqual({ mean: 4, rows: 3 });
});

test("of no rows there is no mean", () => {
  const { matrices, means } = summarize([]);
  expect(matrices).toBe(0);
  expect(means.alpha).toEqual({ mean: null, rows: 0 });
});

test("alpha of exactly 2 or 6 is inside", () => {
  const { alphaBelow2, alphaAbove6 } = summarize([fakeRow("a", { alpha: 2 }), fakeRow("b", { alpha: 6 })]);
  expect([alphaBelow2, alphaAbove6]).toEqual([0, 0]);
});
