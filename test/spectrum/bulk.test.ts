import { describe, expect, test } from "vitest";
import { bulkOfSpectrum, edgePValue, kritchmanNadler, quantileBulk } from "../../lib/spectrum/index.ts";
import { gramEigenvalues, normal, uniforms } from "../helpers/random-spectra.ts";

const M = 128;

interface Planted {
  N: number;
  /** y of each spike, in units of its detection limit √(M/N). */
  strengths?: number[];
  columnScale?: (column: number, uniform: () => number) => number;
}

/** Spectrum of standard normal noise with columns scaled and delocalised directions added. */
function spectrum(seed: number, { N, strengths = [], columnScale = () => 1 }: Planted): Float64Array {
  const uniform = uniforms(seed);
  const scales = Array.from({ length: M }, (_, column) => columnScale(column, uniform));
  const values = Float64Array.from({ length: N * M }, (_, i) => scales[i % M]! * normal(uniform));
  for (const strength of strengths) {
    // Entries of variance 1/M times those of variance one: a direction of squared size N.
    const size = Math.sqrt((strength * Math.sqrt(M / N)) / M);
    const left = Array.from({ length: N }, () => size * normal(uniform));
    const right = Array.from({ length: M }, () => normal(uniform));
    for (let i = 0; i < values.length; i++) values[i]! += left[Math.floor(i / M)]! * right[i % M]!;
  }
  return gramEigenvalues(values, N, M);
}

describe.each([128, 256, 512])("noise alone, %d × 128", (N) => {
  test.each([1, 2, 3])("seed %d", (seed) => {
    const found = bulkOfSpectrum(spectrum(seed, { N }), N, M);
    expect(found).toMatchObject({ rank: M, identified: true, reasons: {} });
    expect(found.bulk!.spikes).toBe(0);
    expect(found.spikePValues).toHaveLength(0);
    expect(Math.abs(found.bulk!.variance - 1)).toBeLessThan(0.03);
    expect(Math.abs(found.secondOpinion!.variance - 1)).toBeLessThan(0.04);
    expect(found.distance).toBeLessThan(0.03);
    expect(Math.abs(found.softRank! - 1)).toBeLessThan(0.15);
  });
});

describe("spikes", () => {
  test.each([
    ["ten at four times the limit, square", 128, Array<number>(10).fill(4), 10],
    ["ten at four times the limit, Q = 4", 512, Array<number>(10).fill(4), 10],
    ["one at forty times the limit, square", 128, [40], 1],
    ["one at forty times the limit, Q = 2", 256, [40], 1],
    ["power law, 5%, Q = 2", 256, [3, 4, 6, 10, 20, 80], 6],
  ])("%s", (_, N, strengths, k) => {
    const found = bulkOfSpectrum(spectrum(11, { N, strengths }), N, M);
    expect(Math.abs(found.bulk!.spikes - k)).toBeLessThanOrEqual(1);
    expect(Math.abs(found.bulk!.variance - 1)).toBeLessThan(0.04);
    expect(Math.abs(found.secondOpinion!.variance - 1)).toBeLessThan(0.06);
    expect(found.spikePValues).toHaveLength(found.bulk!.spikes);
    expect(found.spikePValues!.every((p) => p <= 0.01)).toBe(true);
    expect(found.distance).toBeLessThan(0.04);
    expect(found.softRank).toBeLessThan(0.9);
    expect(found.edges!.upper).toBeGreaterThan(found.edges!.lower);
  });

  test("a fifth of the directions, Q = 4: both methods within 5%", () => {
    const strengths = Array.from({ length: 26 }, (_, i) => 4 * (26 / (i + 1)) ** 2);
    const eigenvalues = spectrum(12, { N: 512, strengths });
    expect(Math.abs(kritchmanNadler(eigenvalues, 512, 0.01)!.variance - 1)).toBeLessThan(0.05);
    expect(Math.abs(quantileBulk(eigenvalues, 512, 0.01)!.variance - 1)).toBeLessThan(0.05);
  });

  test("two fifths of the directions of a square matrix: said to be not identified", () => {
    const strengths = Array.from({ length: 51 }, (_, i) => 4 * (51 / (i + 1)) ** 2);
    const found = bulkOfSpectrum(spectrum(13, { N: 128, strengths }), 128, M);
    expect(found.identified).toBe(false);
    expect(found.softRankInterval).toBeNull();
    expect(found.reasons).toEqual({ softRankInterval: "bulk_not_identified" });
    expect(found.bulk!.variance).toBeGreaterThan(1.15);
  });
});

/** Kritchman and Nadler's equation, solved for every number of spikes by halving an interval that holds its least root. */
function everyNumberOfSpikes(ascending: Float64Array, N: number, level: number) {
  const size = ascending.length;
  for (let k = 0; size - k >= 10; k++) {
    const gamma = (size - k) / N;
    const rest = ascending.subarray(0, size - k).reduce((sum, lambda) => sum + lambda / N, 0);
    const excess = (variance: number) => {
      let sum = rest - (size - k) * variance;
      for (const lambda of ascending.subarray(size - k)) {
        const half = (lambda / N + variance * (1 - gamma)) / 2;
        sum += lambda / N - half - Math.sqrt(Math.max(0, half ** 2 - (lambda / N) * variance));
      }
      return sum;
    };
    let [low, high] = [rest / (size - k), rest / (size - k)];
    while (excess(high) > 0) high *= 1.05;
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (excess(middle) > 0) low = middle;
      else high = middle;
    }
    const noise = { N, M: size, sigma: Math.sqrt(high), kurtosis: 0 };
    if (edgePValue(ascending[size - 1 - k]!, noise, k + 1) > level) return { variance: high, spikes: k };
  }
  return null;
}

test.each<[string, number, (u: number) => number]>([
  ["a steep power law", 400, (u) => (1 - u) ** -3],
  ["a flat one", 800, (u) => (1 - u) ** -1],
  ["an exponential", 800, (u) => Math.exp(6 * u)],
  ["a bulk and no spike", 800, (u) => 0.2 + 2.2 * u],
])(
  "the number of spikes is the first that leaves noise, and its variance that of the equation: %s",
  (_, N, f) => {
    const ascending = Float64Array.from({ length: 400 }, (_, i) => N * f((i + 0.5) / 400));
    const found = kritchmanNadler(ascending, N, 0.01)!;
    const expected = everyNumberOfSpikes(ascending, N, 0.01)!;
    expect(found.spikes).toBe(expected.spikes);
    expect(Math.abs(found.variance / expected.variance - 1)).toBeLessThan(1e-9);
  },
);

test("columns of different scales: many false spikes, not identified", () => {
  const columnScale = (_: number, uniform: () => number): number => Math.exp(0.4 * normal(uniform));
  const found = bulkOfSpectrum(spectrum(14, { N: 512, columnScale }), 512, M);
  expect(found.identified).toBe(false);
  expect(found.bulk!.spikes).toBeGreaterThan(10);
});

test("zero columns are dropped", () => {
  const columnScale = (column: number): number => (column % 5 === 0 ? 0 : 1);
  const found = bulkOfSpectrum(spectrum(15, { N: 256, columnScale }), 256, M);
  expect(found.rank).toBe(102);
  expect(found.bulk!.spikes).toBe(0);
  expect(Math.abs(found.bulk!.variance - 1)).toBeLessThan(0.03);
});

test("a scale of the entries scales the variance and nothing else", () => {
  const eigenvalues = spectrum(16, { N: 256, strengths: [10] });
  const one = bulkOfSpectrum(eigenvalues, 256, M);
  const two = bulkOfSpectrum(
    eigenvalues.map((lambda) => 4e-6 * lambda),
    256,
    M,
  );
  expect(two.bulk!.variance / one.bulk!.variance / 4e-6).toBeCloseTo(1, 9);
  expect(two.softRank).toBeCloseTo(one.softRank!, 9);
  expect(two.distance).toBeCloseTo(one.distance!, 9);
});

test("the soft rank's interval covers the limit of λ₊/λmax", () => {
  const [N, columns] = [64, 32];
  const y = 2.5;
  const size = Math.sqrt(y * N);
  const uniform = uniforms(17);
  const covered = { noise: 0, spike: 0 };
  const given = { noise: 0, spike: 0 };
  const runs = 200;
  for (let run = 0; run < runs; run++) {
    const values = Float64Array.from({ length: N * columns }, () => normal(uniform));
    const upper = (Math.sqrt(N) + Math.sqrt(columns)) ** 2;
    const limits = { noise: 1, spike: upper / (((size ** 2 + N) * (size ** 2 + columns)) / size ** 2) };
    for (const kind of ["noise", "spike"] as const) {
      // The law of the noise does not depend on the direction, here that of one entry.
      if (kind === "spike") values[0]! += size;
      const found = bulkOfSpectrum(gramEigenvalues(values, N, columns), N, columns);
      const interval = found.softRankInterval;
      if (interval === null) continue;
      given[kind]++;
      // With the bulk's own edge out of the way: its error is not the interval's.
      const factor = upper / found.edges!.upper;
      if (interval.low * factor <= limits[kind] && limits[kind] <= interval.high * factor) covered[kind]++;
    }
  }
  for (const kind of ["noise", "spike"] as const) {
    // So small a matrix has its two variances more than 5% apart in one of nine cases.
    expect(given[kind] / runs).toBeGreaterThan(0.8);
    expect(covered[kind] / given[kind]).toBeGreaterThan(0.88);
    expect(covered[kind] / given[kind]).toBeLessThan(0.998);
  }
});

describe("nulls have reasons", () => {
  test("no eigenvalue but zero", () => {
    const found = bulkOfSpectrum(new Float64Array(20), 30, 20);
    expect(found).toMatchObject({
      rank: 0,
      bulk: null,
      secondOpinion: null,
      identified: false,
      softRank: null,
    });
    expect(found.reasons).toMatchObject({
      bulk: "zero_matrix",
      secondOpinion: "zero_matrix",
      edges: "zero_matrix",
    });
  });

  test("too few eigenvalues", () => {
    const few = Float64Array.from({ length: 9 }, (_, i) => i + 1);
    expect(bulkOfSpectrum(few, 30, 9).reasons.bulk).toBe("too_few_eigenvalues");
  });

  test("spikes all the way down", () => {
    const steep = Float64Array.from({ length: 30 }, (_, i) => 10 ** (i - 25));
    const found = bulkOfSpectrum(steep, 64, 30);
    expect(found.bulk).toBeNull();
    expect(found.reasons).toMatchObject({ bulk: "mp_fit_failed", distance: "mp_fit_failed" });
  });

  test("misuse throws", () => {
    const values = new Float64Array(20);
    expect(() => bulkOfSpectrum(values, 19, 20)).toThrow(RangeError);
    expect(() => bulkOfSpectrum(values, 30, 21)).toThrow(RangeError);
    expect(() => bulkOfSpectrum(values, 30, 20, { level: 0 })).toThrow(RangeError);
  });
});
