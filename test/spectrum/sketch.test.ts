import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import {
  fitPowerLaw,
  SKETCH_BINS,
  SKETCH_CANDIDATES,
  SKETCH_TOP,
  sketchSpectra,
} from "../../lib/spectrum/index.ts";

/** Quantiles of a Pareto tail of exponent `alpha` above 1: i-th of n eigenvalues. */
const pareto = (n: number, alpha: number) =>
  Float64Array.from({ length: n }, (_, i) => (1 - (i + 0.5) / n) ** (-1 / (alpha - 1)));
/** Something like a bulk, with digits that do not compress. */
const bulk = (n: number) =>
  Float64Array.from({ length: n }, (_, i) => 1e-4 + 4 * Math.sin((Math.PI * (i + 0.5)) / (2 * n)) ** 2);

test("every eigenvalue is counted once, in the bin its logarithm falls into", () => {
  const eigenvalues = Float64Array.of(0, 1e-14, 1, 10, 100, 1000);
  const { low, high, eigenvalues: sketched, shuffled } = sketchSpectra(eigenvalues, null, 1e-12);
  expect([low, high, shuffled]).toEqual([1, 1000, null]);
  expect(sketched.below).toBe(2);
  expect(sketched.counts).toHaveLength(SKETCH_BINS);
  const filled = [...sketched.counts.entries()].filter(([, count]) => count > 0);
  expect(filled).toEqual([
    [0, 1],
    [Math.floor(SKETCH_BINS / 3), 1],
    [Math.floor((2 * SKETCH_BINS) / 3), 1],
    [SKETCH_BINS - 1, 1],
  ]);
  expect(sketched.top).toEqual([1000, 100, 10, 1, 1e-14, 0]);
});

test("both spectra share their edges", () => {
  const sketch = sketchSpectra(Float64Array.of(1, 2, 4096), Float64Array.of(0.5, 2, 3), 1e-12);
  expect([sketch.low, sketch.high]).toEqual([0.5, 4096]);
  const bins = (counts: number[]) => counts.flatMap((count, bin) => (count > 0 ? [bin] : []));
  const twos = Math.floor((SKETCH_BINS * Math.log(2 / 0.5)) / Math.log(4096 / 0.5));
  expect(bins(sketch.eigenvalues.counts)).toContain(twos);
  expect(bins(sketch.shuffled!.counts)).toContain(twos);
});

test.each([
  ["no eigenvalue", Float64Array.of()],
  ["zeros", new Float64Array(5)],
])("%s: there are no bins to fill", (_, eigenvalues) => {
  const { low, high, eigenvalues: sketched, tails } = sketchSpectra(eigenvalues, null, 1e-12);
  expect([low, high, tails]).toEqual([null, null, null]);
  expect(sketched.below).toBe(eigenvalues.length);
});

test("equal eigenvalues share a bin, and their tail has no exponent", () => {
  const { eigenvalues, tails } = sketchSpectra(Float64Array.of(2, 2, 2), null, 1e-12);
  expect(eigenvalues.counts[0]).toBe(3);
  expect(new Set(tails!.alpha)).toEqual(new Set([null]));
});

test("tails run from the whole spectrum to its two largest, and hold the numbers of the fit", () => {
  const eigenvalues = pareto(2880, 3.5);
  const { tails } = sketchSpectra(eigenvalues, null, 1e-12);
  expect(tails!.xmin.length).toBeGreaterThan(SKETCH_CANDIDATES / 2);
  expect(tails!.xmin.length).toBeLessThanOrEqual(SKETCH_CANDIDATES);
  expect(tails!.xmin[0]).toBeCloseTo(eigenvalues[0]!, 4);
  expect(tails!.xmin.at(-1)).toBeCloseTo(eigenvalues.at(-2)!, 2);
  expect(tails!.alpha[0]).toBeCloseTo(3.5, 2);
  // The fit takes the start of the smallest distance of all; the sketch has some of them.
  const fit = fitPowerLaw(eigenvalues)!;
  expect(Math.min(...tails!.D)).toBeGreaterThanOrEqual(Number(fit.D.toPrecision(5)));
});

test.each([
  ["a bulk", bulk(2880), bulk(2880)],
  ["a heavy tail", pareto(2880, 2.2), bulk(2880)],
  ["a long spectrum", pareto(16_384, 3), pareto(16_384, 5)],
])("%s is sketched in at most 1.2 KB, compressed", (_, eigenvalues, shuffled) => {
  const name = "model.layers.35.mlp.experts.127.gate_up_proj";
  const text = JSON.stringify({ name, N: 5760, M: 2880, ...sketchSpectra(eigenvalues, shuffled, 1e-12) });
  expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(1200);
  expect(sketchSpectra(eigenvalues, shuffled, 1e-12).eigenvalues.top).toHaveLength(SKETCH_TOP);
});
