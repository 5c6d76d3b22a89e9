import { describe, expect, test } from "vitest";
import { eigenvalues } from "../../lib/solver/eigenvalues.ts";

describe("eigenvalues", () => {
  test("of a diagonal matrix are the squares of its entries, ascending", async () => {
    const values = Float64Array.from([3, 0, 0, 0, -1, 0, 0, 0, 2]);
    const found = await eigenvalues({ values, rows: 3, cols: 3 });
    for (const [i, expected] of [1, 4, 9].entries()) expect(found[i]).toBeCloseTo(expected, 13);
  });

  test("of a matrix and its transpose agree", async () => {
    const values = Float32Array.from([1, 2, 3, 4, 5, 6]);
    const transposed = Float32Array.from([1, 4, 2, 5, 3, 6]);
    const wide = await eigenvalues({ values, rows: 2, cols: 3 });
    const tall = await eigenvalues({ values: transposed, rows: 3, cols: 2 });
    // 2 × 2 by hand: trace 91, determinant 14·77 − 32².
    const root = Math.sqrt(91 ** 2 / 4 - (14 * 77 - 32 ** 2));
    for (const [i, expected] of [91 / 2 - root, 91 / 2 + root].entries()) {
      expect(Math.abs(wide[i]! - expected)).toBeLessThan(1e-13 * 91);
      expect(Math.abs(tall[i]! - expected)).toBeLessThan(1e-13 * 91);
    }
  });

  test("refuses sides that do not fit", async () => {
    await expect(eigenvalues({ values: new Float32Array(5), rows: 2, cols: 3 })).rejects.toThrow(RangeError);
  });

  test("refuses a precision it does not know", async () => {
    const values = Float32Array.from([1, 2]);
    const precision = "half" as "single";
    await expect(eigenvalues({ values, rows: 2, cols: 1 }, { precision })).rejects.toThrow(TypeError);
  });

  test("refuses NaN by name", async () => {
    const values = Float32Array.from([1, Number.NaN]);
    await expect(eigenvalues({ values, rows: 2, cols: 1 })).rejects.toMatchObject({ code: "NON_FINITE" });
  });
});
