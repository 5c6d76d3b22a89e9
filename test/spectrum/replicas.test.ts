import { describe, expect, test } from "vitest";
import {
  benjaminiHochberg,
  combineCounts,
  combinePValues,
  holm,
  studentCdf,
  studentQuantile,
} from "../../lib/spectrum/index.ts";

describe("several shuffles", () => {
  test("mean, t interval and stability", () => {
    const { mean, interval, stability } = combineCounts([1, 2, 2, 3]);
    expect(mean).toBe(2);
    // t_3 at 97.5 % is 3.182446; the deviation of the four is √(2/3).
    const half = (3.182446305284263 * Math.sqrt(2 / 3)) / 2;
    expect(interval![0]).toBeCloseTo(2 - half, 12);
    expect(interval![1]).toBeCloseTo(2 + half, 12);
    expect(stability).toBe(0.5);
    expect(combineCounts([7])).toEqual({ mean: 7, interval: null, stability: 1 });
    expect(() => combineCounts([])).toThrow(RangeError);
  });

  test("an interval does not begin below zero", () => {
    expect(combineCounts([0, 0, 5]).interval![0]).toBe(0);
  });

  test("p-values combine to twice the median, at most one", () => {
    expect(combinePValues([0.03])).toBe(0.03);
    expect(combinePValues([0.01, 0.3, 0.02])).toBe(0.04);
    expect(combinePValues([0.01, 0.03])).toBe(0.04);
    expect(combinePValues([0.6, 0.7, 0.8])).toBe(1);
  });
});

describe("Student's t", () => {
  test("closed forms of few degrees", () => {
    for (const t of [-3, -0.5, 0, 0.7, 4]) {
      expect(studentCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 14);
      expect(studentCdf(t, 2)).toBeCloseTo((1 + t / Math.sqrt(2 + t * t)) / 2, 14);
      const s = t / Math.sqrt(3);
      expect(studentCdf(t, 3)).toBeCloseTo(0.5 + (s / (1 + s * s) + Math.atan(s)) / Math.PI, 14);
      const r = t / Math.sqrt(4 + t * t);
      expect(studentCdf(t, 4)).toBeCloseTo(0.5 + 0.75 * (r - r ** 3 / 3), 14);
    }
  });

  test("quantiles, against tabled ones", () => {
    // NIST/SEMATECH e-Handbook, table 1.3.6.7.2.
    for (const [degrees, tabled] of [
      [1, 12.706],
      [2, 4.303],
      [5, 2.571],
      [9, 2.262],
      [30, 2.042],
      [100, 1.984],
    ] as const) {
      expect(studentQuantile(0.975, degrees)).toBeCloseTo(tabled, 3);
    }
  });
});

describe("families of tests", () => {
  const p = [0.01, 0.04, 0.03, 0.005];

  test("Holm", () => {
    // Sorted .005·4, .01·3, .03·2, and .04·1 raised to the one before.
    expect(holm(p)).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
  });

  test("Benjamini and Hochberg", () => {
    // Sorted .005·4/1, .01·4/2, .03·4/3, .04·4/4.
    const q = benjaminiHochberg(p);
    [0.02, 0.04, 0.04, 0.02].forEach((expected, i) => {
      expect(q[i]).toBeCloseTo(expected, 15);
    });
    expect(benjaminiHochberg([])).toEqual([]);
  });
});
