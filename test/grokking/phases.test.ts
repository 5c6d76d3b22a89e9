import { describe, expect, test } from "vitest";
import { type CurvePoint, phaseAt, phases } from "../../lib/grokking/phases.ts";
import { type StoredRun, storedCurve } from "./helpers/stored-runs.ts";

/** Whether a step is the listed one ± 15%. */
function expectNear(step: number | undefined, listed: number): void {
  expect(Math.abs(step! / listed - 1)).toBeLessThanOrEqual(0.15);
}

describe("the stored runs", () => {
  const collapsing: [run: StoredRun, memorised: number, peak: number, collapse: number][] = [
    ["c", 407, 45_000, 84_514],
    ["c-seed1", 468, 47_000, 81_751],
    ["a", 5000, 1_140_000, 1_643_030],
  ];

  test.each(collapsing)(
    "%s memorises, groks and collapses where it did",
    (run, memorised, peak, collapse) => {
      const found = phases(storedCurve(run).records);
      expectNear(found.memorised?.step, memorised);
      expectNear(found.peak?.step, peak);
      expectNear(found.smoothedPeak?.step, peak);
      expectNear(found.antiGrokkingBegins?.step, collapse);
      expectNear(found.testLossMinimum?.step, peak);
      expect(found.trainHeld).toBe(true);
      expect(found.grokkingBegins!.step).toBeGreaterThan(10 * found.memorised!.step);
      expect(found.grokkingBegins!.step).toBeLessThan(found.peak!.step / 2);
    },
  );

  test.each([
    ["c-wd0.01", 45_000],
    ["c-wd0.1", 378_000],
  ] as const)("%s groks and does not collapse", (run, peak) => {
    const found = phases(storedCurve(run).records);
    expectNear(found.memorised?.step, 407);
    expectNear(found.peak?.step, peak);
    expect(found.grokkingBegins).not.toBeNull();
    expect([found.collapseBegins, found.antiGrokkingBegins]).toEqual([null, null]);
    expect(phaseAt(found, 399_886)).toBe("grokking");
  });

  test("the dip of the weak control is there, and deep enough for a single record", () => {
    const { records } = storedCurve("c-wd0.01");
    const best = Math.max(...records.map(({ testAccuracy }) => testAccuracy));
    expect(records.find(({ step }) => step === 233_488)!.testAccuracy).toBeLessThan(best - 0.05);
  });
});

/** A run that memorises at step 100; records at a factor of 1.05 from each other. */
function curve(testAccuracy: (step: number) => number, trainAccuracy = (_step: number) => 1): CurvePoint[] {
  return Array.from({ length: 280 }, (_, i) => Math.round(10 * 1.05 ** i)).map((step) => ({
    step,
    trainAccuracy: step < 100 ? 0.5 : trainAccuracy(step),
    testAccuracy: testAccuracy(step),
    testLoss: 1 - testAccuracy(step),
  }));
}
const grokked = (step: number) => (step < 10_000 ? 0.4 : 0.9);

test("a fall that lasts is anti-grokking, and the phases follow each other", () => {
  const found = phases(curve((step) => (step < 1e6 ? grokked(step) : 0.6)));
  expectNear(found.antiGrokkingBegins?.step, 1e6);
  expect([50, 5000, 12_000, 9e5, 2e6].map((step) => phaseAt(found, step))).toEqual([
    "pre-grokking",
    "pre-grokking",
    "grokking",
    "grokking",
    "anti-grokking",
  ]);
});

test("a deep dip of a few records is no collapse", () => {
  const dip = (step: number) => (step > 1e5 && step < 1.12e5 ? 0.3 : grokked(step));
  expect(
    Math.min(
      ...curve(dip)
        .filter(({ step }) => step > 20_000)
        .map((one) => one.testAccuracy),
    ),
  ).toBe(0.3);
  expect(phases(curve(dip)).collapseBegins).toBeNull();
});

test("a fall at the very end of the record has not lasted", () => {
  const all = curve((step) => (step < 1e6 ? grokked(step) : 0.6));
  expect(phases(all.filter(({ step }) => step < 1.09e6)).collapseBegins).toBeNull();
});

test("a collapse in which the train accuracy falls too is not anti-grokking", () => {
  const found = phases(
    curve(
      (step) => (step < 1e6 ? grokked(step) : 0.6),
      (step) => (step < 1e6 ? 1 : 0.9),
    ),
  );
  expectNear(found.collapseBegins?.step, 1e6);
  expect([found.trainHeld, found.antiGrokkingBegins]).toEqual([false, null]);
});

test("without a gain in test accuracy there is no grokking, and without memory nothing", () => {
  const flat = phases(curve((step) => (step % 2 === 0 ? 0.4 : 0.42)));
  expect([flat.memorised?.step, flat.grokkingBegins, flat.antiGrokkingBegins]).toEqual([104, null, null]);
  expect(phaseAt(flat, 1e9)).toBe("pre-grokking");
  const never = phases(curve(grokked, () => 0.9));
  expect([never.memorised, never.peak, never.grokkingBegins]).toEqual([null, null, null]);
  expect(never.testLossMinimum!.testLoss).toBeCloseTo(0.1);
});
