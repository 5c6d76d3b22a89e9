import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  deviation,
  fitPowerLaw,
  fitStability,
  scanTails,
  tailExponents,
  weightwatcher,
} from "../../lib/spectrum/index.ts";
import { goldenCase, goldenCases } from "../helpers/golden.ts";

/** Park–Miller generator: numbers in (0, 1), the same everywhere. */
function uniforms(n: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: n }, () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  });
}

const ascending = (values: Iterable<number>) => Float64Array.from(values).sort();
const pareto = (n: number, seed: number, exponent: number) =>
  ascending(uniforms(n, seed).map((u) => (1 - u) ** (-1 / exponent)));

/** Distance of the tail from data[i] on, by the definition. */
function distance(data: Float64Array, i: number): number {
  const alpha = tailExponents(data)[i]!;
  let D = alpha > 1 ? 0 : 1;
  for (let j = i; alpha > 1 && j < data.length; j++) D = Math.max(D, Math.abs(deviation(data, i, j, alpha)));
  return D;
}

/** The margin by differences of distances: every other start, every eigenvalue moved by a small step. */
function marginByDifferences(data: Float64Array): number {
  const { index } = scanTails(data);
  const lambdaMax = data.at(-1)!;
  const gap = (moved: Float64Array, i: number) => distance(moved, i) - distance(moved, index);
  let margin = (data[index]! - 1e-5) / lambdaMax;
  for (let i = 0; i < data.length - 1; i++) {
    if (i === index || !(tailExponents(data)[i]! > 1)) continue;
    let norm = 0;
    for (let m = 0; m < data.length; m++) {
      const step = 1e-7 * data[m]!;
      const [up, down] = [data.slice(), data.slice()];
      up[m]! += step;
      down[m]! -= step;
      norm += Math.abs(gap(up, i) - gap(down, i)) / (2 * step);
    }
    margin = Math.min(margin, gap(data, i) / (lambdaMax * norm));
  }
  return margin;
}

describe("the margin of a fit", () => {
  test.each([
    ["a power law", pareto(60, 3, 2)],
    ["body and tail", ascending(uniforms(80, 4).map((u, i) => (i % 3 === 0 ? 3 * (1 - u) ** -0.5 : 1 + u)))],
    ["a bulk", ascending(uniforms(70, 5).map((u) => 1.1 - Math.cos(Math.PI * u)))],
    ["a recorded spectrum", goldenCase("traps1_small_120x60").evals],
  ])("is that of the definition, by differences: %s", (_, values) => {
    const data = values.filter((value) => value > 1e-5);
    const expected = marginByDifferences(data);
    const { margin } = fitStability(data, fitPowerLaw(data)!);
    expect(Math.abs(margin / expected - 1)).toBeLessThan(1e-4);
  });

  test("errors well inside it leave the start where it is, whatever their signs", () => {
    const spectra = fc.tuple(
      fc.integer({ min: 20, max: 150 }),
      fc.integer({ min: 1, max: 1e6 }),
      fc.double({ min: 0.7, max: 6, noNaN: true }),
      fc.integer({ min: 1, max: 1e6 }),
    );
    fc.assert(
      fc.property(spectra, ([n, seed, exponent, signs]) => {
        const data = pareto(n, seed, exponent);
        const { margin } = fitStability(data, fitPowerLaw(data)!);
        const error = (Math.min(margin, 1e-4) / 2) * data.at(-1)!;
        const random = uniforms(n, signs);
        const moved = data.map((value, m) => value + (random[m]! < 0.5 ? -error : error));
        fc.pre(moved.every((value, m) => value > 1e-5 && (m === 0 || value >= moved[m - 1]!)));
        expect(scanTails(moved).index).toBe(scanTails(data).index);
      }),
      { numRuns: 400, seed: 21 },
    );
  });

  test("errors beyond it, of the worst signs, move the start", () => {
    const data = pareto(200, 9, 2);
    const { margin } = fitStability(data, fitPowerLaw(data)!);
    expect(margin).toBeLessThan(1e-4);
    // Twice the margin along the signs of the gradient, which are found by trying each eigenvalue both ways.
    const { index } = scanTails(data);
    const rivals = Array.from({ length: data.length - 1 }, (_, i) => i).filter((i) => i !== index);
    const error = 2 * margin * data.at(-1)!;
    const moves = rivals.some((i) => {
      const gap = (moved: Float64Array) => distance(moved, i) - distance(moved, index);
      if (gap(data) > 0.01) return false;
      const worst = data.map((value, m) => {
        const [up, down] = [data.slice(), data.slice()];
        up[m]! += error;
        down[m]! -= error;
        return gap(up) < gap(down) ? value + error : value - error;
      });
      return scanTails(worst).index !== index;
    });
    expect(moves).toBe(true);
  });

  test("does not depend on the scale but for the cut", () => {
    const data = pareto(100, 6, 2);
    const stability = fitStability(data, fitPowerLaw(data)!);
    const scaled = data.map((value) => value * 1024);
    expect(fitStability(scaled, fitPowerLaw(scaled)!).margin).toBeCloseTo(stability.margin, 14);
  });

  test("a start at the cut can fall below it", () => {
    const base = pareto(100, 6, 2);
    const shrink = (1e-5 / fitPowerLaw(base)!.xmin) * (1 + 1e-9);
    const data = base.map((value) => value * shrink);
    const fit = fitPowerLaw(data)!;
    expect(fit.xmin / 1e-5 - 1).toBeCloseTo(1e-9, 12);
    expect(fitStability(data, fit).margin).toBeCloseTo((fit.xmin - 1e-5) / data.at(-1)!, 14);
  });
});

test("the sensitivity is that of alpha, by differences", () => {
  const data = ascending(uniforms(80, 4).map((u, i) => (i % 3 === 0 ? 3 * (1 - u) ** -0.5 : 1 + u)));
  const { index } = scanTails(data);
  let expected = 0;
  for (let m = index; m < data.length; m++) {
    const step = 1e-6 * data[m]!;
    const [up, down] = [data.slice(), data.slice()];
    up[m]! += step;
    down[m]! -= step;
    expected += Math.abs(tailExponents(up)[index]! - tailExponents(down)[index]!) / (2 * step);
  }
  const { sensitivity } = fitStability(data, fitPowerLaw(data)!);
  expect(sensitivity / (expected * data.at(-1)!)).toBeCloseTo(1, 6);
});

describe("the columns", () => {
  const columnsOf = (eigenvalues: Float64Array, promise: number) =>
    weightwatcher({ N: 400, M: eigenvalues.length, scale: 1, taps: [eigenvalues] }, null, {
      minEvals: 10,
      promise,
    });

  test("a clear fit is not ambiguous, in any precision", () => {
    const { evals } = goldenCase("gauss_wide_120x360");
    for (const promise of [1e-12, 1e-7, 1e-5]) {
      const { columns } = columnsOf(evals, promise);
      expect(columns.fitAmbiguous).toBe(false);
      expect(columns.fitMargin).toBeGreaterThan(promise);
      expect(columns.alphaError! / promise).toBeCloseTo(
        fitStability(evals, fitPowerLaw(evals)!).sensitivity,
        6,
      );
    }
  });

  test("alpha is wanted to 1e-6 unless the promise is that of single, also where products are rounded", () => {
    // A bound of 1.4e-5 at 1e-7: errors of a tenth of the promise are more than 1e-6 of alpha.
    const { evals } = goldenCase("gauss_2to1_400x200");
    const verdicts = [1e-12, 1e-7, 1e-5].map((promise) => columnsOf(evals, promise).columns.fitAmbiguous);
    expect(verdicts).toEqual([false, true, false]);
  });

  test("two starts that a promise does not tell apart make a fit ambiguous, one that does makes it clear", () => {
    const { evals } = goldenCase("pl_alpha3_400x300");
    expect(columnsOf(evals, 1e-5).columns.fitAmbiguous).toBe(true);
    expect(columnsOf(evals, 1e-12).columns.fitAmbiguous).toBe(false);
  });

  test("of the recorded matrices these alone have a margin below 1e-5", () => {
    const close = goldenCases.filter(({ evals }) => {
      const data = evals.filter((value) => value > 1e-5);
      const fit = fitPowerLaw(data);
      return fit !== null && fitStability(data, fit).margin < 1e-5;
    });
    const powerLaws = ["pl_alpha2_400x300", "pl_alpha3_400x300", "pl_alpha6_400x300"];
    expect(close.map(({ name }) => name)).toEqual([...powerLaws, "traps2_1100x1000", "clustered_200x150"]);
  });

  test("a tie of two starts is ambiguous in every precision", () => {
    // Tails of the upper three and the upper four values: their spread is tuned until both have the same distance.
    const spectrum = (t: number) => Float64Array.of(0.5, 1, 1.3, 1.3 * t, 3, 4.4);
    const gap = (t: number) => {
      const data = spectrum(t);
      const sorted = Array.from({ length: 5 }, (_, i) => distance(data, i)).sort((a, b) => a - b);
      return sorted[1]! - sorted[0]!;
    };
    const grid = Array.from({ length: 4000 }, (_, i) => 1.01 + i * 3e-4);
    let t = grid.reduce((best, x) => (gap(x) < gap(best) ? x : best));
    for (let step = 1e-4; step > 1e-18; step /= 2)
      for (const x of [t - step, t + step]) if (gap(x) < gap(t)) t = x;
    expect(gap(t)).toBeLessThan(1e-14);
    const { columns } = weightwatcher({ N: 9, M: 6, scale: 1, taps: [spectrum(t)] }, null, {
      minEvals: 2,
      promise: 1e-12,
    });
    expect(columns.fitMargin).toBeLessThan(1e-12);
    expect(columns.fitAmbiguous).toBe(true);
  });

  test("alpha of values that nearly coincide is ambiguous, though its start is clear", () => {
    const { columns } = columnsOf(goldenCase("clustered_200x150").evals, 1e-12);
    expect(columns.fitMargin).toBeGreaterThan(1e-12);
    expect(columns.alphaError).toBeGreaterThan(1);
    expect(columns.fitAmbiguous).toBe(true);
  });

  test("without an alpha there is no such verdict, and the reason is alpha's", () => {
    const equal = columnsOf(new Float64Array(12).fill(2), 1e-12);
    const few = columnsOf(Float64Array.of(1, 2, 3), 1e-12);
    for (const [{ columns, reasons }, reason] of [
      [equal, "not_finite"],
      [few, "too_few_eigenvalues"],
    ] as const) {
      expect(columns).toMatchObject({ fitMargin: null, alphaError: null, fitAmbiguous: null });
      expect(reasons).toMatchObject({ fitMargin: reason, alphaError: reason, fitAmbiguous: reason });
    }
  });
});
