import { describe, expect, test } from "vitest";
import {
  attribute,
  bulkDistance,
  countTraps,
  type EntryNull,
  edgeThreshold,
  isHeavyTailed,
  localisation,
  marchenkoPasturEdges,
  marchenkoPasturQuantile,
  marginThreshold,
  meanPValue,
  needsCentring,
  relationOf,
  spikeEigenvalue,
  spikeMargin,
  spikeOverlaps,
} from "../../lib/spectrum/index.ts";

const model = { N: 512, M: 256, sigma: 0.02 };
const entries: EntryNull = { ...model, kurtosis: 0, keptMargin: 0.3, meanMargin: 0.1 };
const edge = marchenkoPasturEdges(model).upper;

describe("a spike", () => {
  test("leaves the bulk at a margin of one, continuously, and comes back from its eigenvalue", () => {
    expect(spikeEigenvalue(0.5, model)).toBeCloseTo(edge, 12);
    expect(spikeEigenvalue(1, model)).toBeCloseTo(edge, 12);
    for (const margin of [1.01, 1.3, 2, 40]) {
      expect(spikeEigenvalue(margin, model)).toBeGreaterThan(edge);
      expect(spikeMargin(spikeEigenvalue(margin, model), model)).toBeCloseTo(margin, 9);
    }
    expect(spikeMargin(0.5 * edge, model)).toBe(1);
  });

  test("is the whole matrix when it is huge: λ → a²", () => {
    const a = 1000 * model.sigma * (model.N * model.M) ** 0.25;
    expect(spikeEigenvalue(1000, model) / a ** 2).toBeCloseTo(1, 4);
    const { N, M } = spikeOverlaps(1000, model);
    expect(N).toBeCloseTo(1, 4);
    expect(M).toBeCloseTo(1, 4);
  });

  test("overlaps of 512 × 256, against simulated ones", () => {
    // Means of simulations, research notes: c = 1.5 .493 and .611, c = 2 .692 and .798, c = 3 .854 and .916.
    for (const [margin, N, M] of [
      [1.5, 0.493, 0.611],
      [2, 0.692, 0.798],
      [3, 0.854, 0.916],
    ] as const) {
      const overlaps = spikeOverlaps(margin, model);
      expect(Math.abs(overlaps.N - N)).toBeLessThan(0.01);
      expect(Math.abs(overlaps.M - M)).toBeLessThan(0.01);
    }
    expect(spikeOverlaps(0.9, model)).toEqual({ N: 0, M: 0 });
  });
});

describe("the calibrated count", () => {
  const bulk = Float64Array.from({ length: model.M }, (_, i) =>
    marchenkoPasturQuantile((i + 0.5) / model.M, model),
  );

  test("counts from the top and stops at the first that is no outlier", () => {
    expect(countTraps(bulk, 0.01, entries, null)).toMatchObject({ count: 0 });
    const spiked = bulk.slice();
    spiked[model.M - 1] = 3 * edge;
    spiked[model.M - 2] = 1.5 * edge;
    const { count, p } = countTraps(spiked, 0.01, entries, null);
    expect(count).toBe(2);
    expect(p).toHaveLength(3);
    expect(p[1]).toBeGreaterThanOrEqual(p[0]!);
    expect(p[2]).toBeGreaterThan(0.01);
  });

  test("an eigenvalue at the threshold has the level as its p-value", () => {
    for (const level of [0.05, 1e-6]) {
      const at = bulk.slice();
      at[model.M - 1] = edgeThreshold(level, { ...model, kurtosis: 0 }) * (1 + 1e-12);
      expect(countTraps(at, level, entries, null).p[0]! / level).toBeCloseTo(1, 6);
      expect(spikeEigenvalue(marginThreshold(level, entries), model)).toBeCloseTo(at[model.M - 1]!, 9);
    }
  });

  test("of a Monte-Carlo reference the law gives the shape, and the least spread", () => {
    const tops = Float64Array.from([1.02, 1.0, 1.04, 0.98], (top) => top * edge);
    const p = (top: number) => {
      const eigenvalues = bulk.slice();
      eigenvalues[model.M - 1] = top * edge;
      return countTraps(eigenvalues, 0.01, entries, { tops }).p[0]!;
    };
    expect(p(1.01)).toBeGreaterThan(0.3);
    expect(p(1.3)).toBeLessThan(1e-6);
    expect(p(1.3)).toBeGreaterThan(0);
    // Copies that happen to be equal do not make everything above them an outlier.
    const equal = { tops: tops.map(() => edge) };
    const slightly = bulk.slice();
    slightly[model.M - 1] = 1.001 * edge;
    expect(countTraps(slightly, 0.01, entries, equal).count).toBe(0);
  });

  test("which matrices need a reference, which a centred copy", () => {
    expect(isHeavyTailed(entries)).toBe(false);
    expect(isHeavyTailed({ ...entries, keptMargin: 0.8 })).toBe(true);
    expect(isHeavyTailed({ ...entries, kurtosis: 0.06 * Math.sqrt(512 * 256) })).toBe(true);
    expect(isHeavyTailed({ ...entries, kurtosis: null })).toBe(true);
    const threshold = marginThreshold(0.01, entries);
    expect(needsCentring(0.01, { ...entries, meanMargin: 0.29 * threshold })).toBe(false);
    expect(needsCentring(0.01, { ...entries, meanMargin: 0.31 * threshold })).toBe(true);
  });

  test("the mean's p-value is small where its margin is above the threshold", () => {
    const threshold = marginThreshold(0.01, entries);
    expect(meanPValue({ ...entries, meanMargin: 1.01 * threshold }, null)).toBeLessThan(0.01);
    expect(meanPValue({ ...entries, meanMargin: 0.99 * threshold }, null)).toBeGreaterThan(0.01);
    expect(meanPValue({ ...entries, meanMargin: 0 }, null)).toBeGreaterThan(0.1);
  });

  test("the distance from the law is that of its quantiles, and sees a wrong deviation", () => {
    expect(bulkDistance(bulk, 0, model)).toBeCloseTo(0.5 / model.M, 6);
    expect(bulkDistance(bulk, 0, { ...model, sigma: 1.1 * model.sigma })).toBeGreaterThan(0.05);
  });
});

describe("localisation", () => {
  test("of a single component, of a constant vector", () => {
    expect(localisation(Float64Array.of(0, -1, 0, 0))).toEqual({
      ipr: 1,
      participation: 1,
      peak: 1,
      peakMass: 1,
      constant: 0.25,
    });
    const constant = localisation(new Float64Array(16).fill(0.25));
    expect(constant.ipr).toBeCloseTo(1 / 16, 15);
    expect(constant.participation).toBeCloseTo(16, 12);
    expect(constant.constant).toBeCloseTo(1, 15);
  });
});

describe("attribution", () => {
  const rowVector = Float64Array.of(0, 0.8, 0.6);
  const colVector = Float64Array.of(0.6, 0, 0, 0.8);
  const moments = {
    count: 12,
    shift: 0,
    sums: [0, 0, 0, 0] as const,
    smallest: { values: Float64Array.of(-9), positions: Float64Array.of(7) },
    largest: { values: Float64Array.of(5), positions: Float64Array.of(2) },
  };
  const scale = { mean: 0.5, tau: 4, edge: 10 };
  const shape = { rows: 3, cols: 4 };

  test("names the entry at the peaks", () => {
    const found = attribute({ eigenvalue: 30, rowVector, colVector, origin: 7 }, moments, shape, scale);
    expect(found).toMatchObject({ kind: "entry", row: 1, col: 3, value: -9, margin: 9.5 / 4, strength: 3 });
    expect(found.rowOverlap).toBeCloseTo(0.64, 15);
    // Three rows are the smaller side here.
    expect(found.rowOverlapExpected).toBe(spikeOverlaps(9.5 / 4, { N: 4, M: 3 }).M);
    expect(found.colConcentration).toBeCloseTo(4 * (0.6 ** 4 + 0.8 ** 4), 12);
  });

  test("names none where the entry is ordinary", () => {
    const found = attribute({ eigenvalue: 30, rowVector, colVector, origin: 0 }, moments, shape, scale);
    expect(found).toMatchObject({ kind: "diffuse", row: null, value: null, rowOverlapExpected: null });
    const small = { ...scale, tau: 40 };
    expect(attribute({ eigenvalue: 30, rowVector, colVector, origin: 7 }, moments, shape, small).kind).toBe(
      "diffuse",
    );
  });

  test("says what named entries share", () => {
    const entry = (row: number, col: number, value: number) => ({ row, col, value });
    expect(relationOf([entry(1, 2, 3)])).toBeNull();
    expect(relationOf([entry(1, 2, 3), entry(1, 4, 5)])).toBe("one_row");
    expect(relationOf([entry(1, 2, 3), entry(4, 2, 5)])).toBe("one_column");
    expect(relationOf([entry(1, 2, 6), entry(4, 3, -6)])).toBe("saturated");
    expect(relationOf([entry(1, 2, 6), entry(4, 3, 5)])).toBe("isolated");
  });
});
