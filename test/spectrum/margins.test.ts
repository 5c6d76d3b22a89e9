import { describe, expect, test } from "vitest";
import { layerMargins, trapMargins } from "../../lib/spectrum/index.ts";
import { momentsOf as moments } from "../helpers/moments.ts";

/** The definition, on the entries themselves. */
function byHand(entries: readonly number[], N: number, M: number) {
  const mean = entries.reduce((total, entry) => total + entry, 0) / entries.length;
  let bulk = entries.map((entry) => Math.abs(entry - mean));
  for (;;) {
    const s = Math.sqrt(bulk.reduce((total, size) => total + size * size, 0) / bulk.length);
    const tau = s * (N * M) ** 0.25;
    const stays = bulk.filter((size) => size <= tau);
    if (stays.length === bulk.length) {
      const trapMargin = Math.max(...entries.map((entry) => Math.abs(entry - mean))) / tau;
      const meanMargin = (Math.abs(mean) / s) * (N * M) ** 0.25;
      const fourths = bulk.reduce((total, size) => total + size ** 4, 0) / bulk.length;
      return {
        mean,
        tau,
        bulkDeviation: s,
        bulkKurtosis: fourths / s ** 4 - 3,
        keptMargin: Math.max(...bulk) / tau,
        trapMargin,
        meanMargin,
        removed: entries.length - bulk.length,
      };
    }
    bulk = stays;
  }
}

/** Sums of twelve uniforms, about normal. */
function normals(n: number, seed: number): number[] {
  let state = seed;
  const uniform = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  return Array.from({ length: n }, () => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, -6));
}

const N = 48;
const M = 32;

describe("trapMargins", () => {
  const noise = normals(N * M, 5);
  const planted = noise.slice();
  // The second outlier is hidden from the first round by the two giants.
  [planted[3], planted[700], planted[900], planted[1001]] = [300, -290, 9, -8];
  const tails = normals(N * M, 6).map((entry) => entry ** 3 * 20);

  test.each([
    ["noise", noise],
    ["planted entries", planted],
    ["heavy tails", tails],
    ["a mean", noise.map((entry) => 0.01 * entry - 3)],
    ["few values", noise.map((entry) => Math.sign(Math.round(entry / 2)))],
  ])("%s: as by hand", (_, entries) => {
    const expected = byHand(entries, N, M);
    const found = trapMargins(moments(entries), N, M);
    expect(found.removed).toBe(expected.removed);
    expect(found.reason).toBeNull();
    for (const column of ["tau", "bulkDeviation", "trapMargin", "meanMargin"] as const) {
      expect(Math.abs(found[column]! / expected[column] - 1)).toBeLessThan(1e-10);
    }
    expect(found.keptMargin).toBeCloseTo(expected.keptMargin, 10);
    expect(found.bulkKurtosis).toBeCloseTo(expected.bulkKurtosis, 3);
  });

  test("giants take the digits of the kurtosis, not those of the deviation", () => {
    const giant = noise.slice();
    [giant[9], giant[99]] = [1e5, -1e5 + 3000];
    const found = trapMargins(moments(giant), N, M);
    expect(found).toMatchObject({ removed: 2, bulkKurtosis: null });
    expect(found.bulkDeviation).toBeGreaterThan(0.9);
    expect(Math.abs(found.bulkMean!)).toBeLessThan(0.1);
    expect(found.meanMargin! / found.bulkMeanMargin!).toBeGreaterThan(10);
  });

  test("removal goes on while it uncovers more", () => {
    expect(trapMargins(moments(planted), N, M).removed).toBe(4);
    expect(trapMargins(moments(noise), N, M).removed).toBe(0);
  });

  test("does not change with the scale of the weights", () => {
    const scaled = trapMargins(moments(planted.map((entry) => entry * 2 ** -60)), N, M);
    expect(scaled.trapMargin).toBe(trapMargins(moments(planted), N, M).trapMargin);
  });

  test("says when the kept extremes do not suffice", () => {
    expect(trapMargins(moments(planted, 1), N, M)).toEqual({
      mean: null,
      bulkMean: null,
      bulkMeanMargin: null,
      tau: null,
      bulkDeviation: null,
      bulkKurtosis: null,
      keptMargin: null,
      trapMargin: null,
      meanMargin: null,
      removed: null,
      reason: "more_outliers_than_kept",
    });
    expect(trapMargins(moments(planted, 3), N, M).reason).toBeNull();
  });

  test.each([0, 0.1, -7e-12])("a constant matrix of %d has no scale", (value) => {
    const found = trapMargins(moments(new Array<number>(N * M).fill(value)), N, M);
    expect(found).toMatchObject({ trapMargin: null, meanMargin: null, reason: "no_deviation" });
  });

  test("refuses moments of another matrix", () => {
    expect(() => trapMargins(moments(noise), N, M + 1)).toThrow(RangeError);
  });

  test("a layer has the largest margins of its taps", () => {
    const shifted = noise.map((entry) => entry + 4);
    const layer = layerMargins([moments(noise), moments(planted), moments(shifted)], N, M);
    expect(layer.trapMargin).toBe(trapMargins(moments(planted), N, M).trapMargin);
    expect(layer.meanMargin).toBe(trapMargins(moments(shifted), N, M).meanMargin);
    const constant = new Array<number>(N * M).fill(1);
    expect(layerMargins([moments(noise), moments(constant)], N, M)).toEqual({
      trapMargin: null,
      meanMargin: null,
      reason: "no_deviation",
    });
  });
});
