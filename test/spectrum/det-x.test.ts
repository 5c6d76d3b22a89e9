import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { detX, ergLogDeterminant, ergTail } from "../../lib/spectrum/index.ts";

/** The tool's search: a new product for every tail, from its small end. */
function naiveTail(eigenvalues: Float64Array): number {
  const n = eigenvalues.length;
  if (n < 2 || eigenvalues[0]! >= eigenvalues[n - 1]!) return 0;
  const scale = n / eigenvalues.reduce((total, value) => total + value, 0);
  const rescaled = eigenvalues.map((value) => scale * value);
  for (let first = n - 1; first > 0; first--) {
    if (rescaled.subarray(first).reduce((product, value) => product * value, 1) < 1) return n - first;
  }
  return n;
}

/** Quantiles of the quarter-circle law squared, the spectrum of a large square Gaussian matrix. */
function squareBulk(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => (1 - Math.cos((Math.PI * (i + 0.5)) / n)) ** 2);
}

describe("detX", () => {
  test("is the tool's search, bit for bit", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.constantFrom(1, 4, 40),
        (values, power) => {
          const eigenvalues = Float64Array.from(values, (value) => value ** power).sort();
          if (!(eigenvalues.at(-1)! > 0 && Number.isFinite(eigenvalues.at(-1)))) return;
          expect(detX(eigenvalues).detXNum).toBe(naiveTail(eigenvalues));
        },
      ),
      { numRuns: 500, seed: 3 },
    );
  });

  test.each([500, 3000, 5000])("under- and overflows as the tool does: %i", (n) => {
    const bulk = squareBulk(n);
    expect(detX(bulk).detXNum).toBe(naiveTail(bulk));
    const heavy = Float64Array.from({ length: n }, (_, i) => ((n - i) / n) ** -4);
    expect(detX(heavy).detXNum).toBe(naiveTail(heavy));
  });

  test("the logarithms do not", () => {
    const bulk = squareBulk(8000);
    expect(detX(bulk).detXNum).toBeLessThan(ergTail(bulk));
    // ∏ of the top k of the quantiles is below one from a fixed share on, whatever n.
    expect(ergTail(bulk) / 8000).toBeCloseTo(ergTail(squareBulk(1000)) / 1000, 2);
  });

  test.each([1e-320, 1e-300, 1e150, 1e304])("the logarithms do not change with the scale: %d", (scale) => {
    const bulk = squareBulk(60).map((value) => value + 0.05);
    const scaled = bulk.map((value) => value * scale);
    expect(ergTail(scaled)).toBe(ergTail(bulk));
    const coarse = scale < 2 ** -1022 ? 1e-1 : 1e-11;
    expect(Math.abs(ergLogDeterminant(scaled, 20) - ergLogDeterminant(bulk, 20))).toBeLessThan(coarse);
  });

  test("the determinant of the tail crosses one where the tail ends", () => {
    const bulk = squareBulk(500);
    const k = ergTail(bulk);
    expect(ergLogDeterminant(bulk, 500 - k)).toBeLessThan(0);
    expect(ergLogDeterminant(bulk, 500 - k + 1)).toBeGreaterThanOrEqual(0);
    // Mean-one eigenvalues of 1, 2, 3: ½, 1, 3/2.
    expect(ergLogDeterminant(Float64Array.of(1, 2, 3), 0)).toBeCloseTo(Math.log(0.75), 14);
  });

  test("equal eigenvalues have no tail", () => {
    const equal = new Float64Array(5).fill(2);
    expect(detX(equal)).toEqual({ detXNum: 0, detXVal: 2, detXValUnrescaled: 1 });
    expect(ergTail(equal)).toBe(0);
    expect(ergTail(Float64Array.of(3))).toBe(0);
  });
});
