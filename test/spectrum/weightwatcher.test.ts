import { describe, expect, test } from "vitest";
import {
  fitPowerLaw,
  fitWeightWatcherMp,
  weightwatcher,
  weightwatcherReplicas,
} from "../../lib/spectrum/index.ts";
import { goldenCase } from "../helpers/golden.ts";

const options = { minEvals: 10, promise: 1e-12 };
const N = 300;
const M = 200;
const { evals: spectrum, rand_evals: shuffle, rand_evals_second: another } = goldenCase("student_t3_300x200");

const dense = (eigenvalues: Float64Array) => ({ N, M, scale: 1, taps: [eigenvalues] });
const tiny = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);

describe("reasons", () => {
  test("too few eigenvalues: no fits, all the rest", () => {
    const { columns, reasons } = weightwatcher(
      dense(tiny),
      { first: [[tiny]], second: null },
      {
        ...options,
        inverse: true,
        xminPeak: true,
        dropTop: 1,
      },
    );
    const unfitted = Object.entries(reasons).filter(([, reason]) => reason === "too_few_eigenvalues");
    expect(unfitted).toHaveLength(Object.keys(reasons).length);
    const kept = Object.entries(columns)
      .filter(([, value]) => value !== null)
      .map(([column]) => column);
    expect(kept).toEqual([
      ...["N", "M", "Q", "rf", "hasEsd", "numEvals", "lambdaMax", "svMax", "svMin", "matrixRank", "rankLoss"],
      ...["entropy", "weakRankLoss", "norm", "logNorm", "spectralNorm", "logSpectralNorm", "stableRank"],
      ...["ergNum", "ergVal", "detXNum", "detXVal", "detXValUnrescaled", "randScheme"],
      ...["maxRandEval", "randDistance", "wwSoftrank", "wwMaxdist", "lambdaMaxInverse"],
    ]);
    expect(weightwatcher(dense(tiny), null, { ...options, minEvals: 9 }).columns.alpha).not.toBeNull();
  });

  test("an eigenvalue below the promise takes the columns with it that hang on it", () => {
    const weak = Float64Array.from(spectrum);
    weak[0] = 0.9e-6 * weak.at(-1)!;
    const { columns, reasons } = weightwatcher(dense(weak), null, {
      ...options,
      promise: 1e-6,
      inverse: true,
    });
    const below = Object.entries(reasons).filter(([, reason]) => reason === "below_precision");
    expect(below.map(([column]) => column).sort()).toEqual(
      [
        ...["svMin", "matrixRank", "rankLoss", "entropy", "weakRankLoss"],
        ...["alpha", "xmin", "xmax", "D", "sigma", "numPlSpikes", "status", "warning", "lambdaMax"].map(
          (column) => `${column}Inverse`,
        ),
      ].sort(),
    );
    expect(columns.alpha).toBe(fitPowerLaw(weak)!.alpha);
  });

  test("an exponent whose tail starts below the promise is not given", () => {
    // One pure power law: the tail is everything.
    const pareto = Float64Array.from({ length: 200 }, (_, i) => ((200 - i - 0.5) / 200) ** -2);
    const { reasons } = weightwatcher(dense(pareto), null, { ...options, promise: 0.01 });
    expect(fitPowerLaw(pareto)!.xmin).toBeLessThan(0.01 * pareto.at(-1)!);
    for (const column of [
      "alpha",
      "xmin",
      "D",
      "status",
      "alphaWeighted",
      "rawAlpha",
      "alphaClipXmax",
    ] as const) {
      expect(reasons[column]).toBe("below_precision");
    }
    expect(reasons.alphaScaleFree).toBeUndefined();
  });

  test("a count of weak eigenvalues needs every one decided", () => {
    const near = Float64Array.from(tiny, (value) => value * 1e-6 + 1e-10);
    expect(weightwatcher(dense(near), null, options).columns.weakRankLoss).toBe(0);
    const { columns, reasons } = weightwatcher(dense(near), null, { ...options, promise: 1e-4 });
    expect(columns.weakRankLoss).toBeNull();
    expect(reasons.weakRankLoss).toBe("below_precision");
  });

  test("equal eigenvalues have no finite exponent", () => {
    const { columns, reasons } = weightwatcher(dense(new Float64Array(12).fill(2)), null, options);
    expect(columns).toMatchObject({
      alpha: null,
      sigma: null,
      xmin: 2,
      status: "success",
      warning: "under-trained",
    });
    expect(reasons.alpha).toBe("not_finite");
  });

  test("without a shuffle", () => {
    const { columns, reasons } = weightwatcher(dense(spectrum), null, options);
    expect(columns).toMatchObject({ randScheme: null, randNumSpikes: null, wwMaxdist: null });
    expect(reasons.randScheme).toBe("not_shuffled");
    expect(reasons.randDistance).toBe("not_shuffled");
    expect(columns).not.toHaveProperty("randNumSpikesByReplica");
    expect(columns).not.toHaveProperty("alphaInverse");
  });

  test("misuse is refused", () => {
    expect(() => weightwatcher({ N: 2, M: 3, scale: 1, taps: [tiny] }, null, options)).toThrow(RangeError);
    expect(() => weightwatcher(dense(new Float64Array(0)), null, options)).toThrow(RangeError);
    expect(() => weightwatcher(dense(tiny), { first: [], second: null }, options)).toThrow(RangeError);
    expect(() => weightwatcher(dense(spectrum), null, { ...options, dropTop: 0 })).toThrow(RangeError);
    expect(() => weightwatcher(dense(spectrum), null, { ...options, dropTop: 1.5 })).toThrow(RangeError);
  });
});

describe("shuffled copies", () => {
  const louder = another.map((eigenvalue) => 1.5 * eigenvalue);

  test("ours: everything from replica 0, and a count for each", () => {
    const one = weightwatcher(dense(spectrum), { first: [[shuffle]], second: null }, options).columns;
    const two = weightwatcher(
      dense(spectrum),
      { first: [[shuffle], [louder]], second: null },
      options,
    ).columns;
    const { randNumSpikesByReplica, ...rest } = two;
    expect(rest).toEqual(one);
    expect(one.randScheme).toBe("replica0");
    expect(one.maxRandEval).toBe(shuffle.at(-1));
    expect(one.wwMaxdist).toBe(spectrum.at(-1)! - shuffle.at(-1)!);
    expect(randNumSpikesByReplica).toEqual([
      fitWeightWatcherMp(shuffle, N, M)!.numSpikes,
      fitWeightWatcherMp(louder, N, M)!.numSpikes,
    ]);
  });

  test("WeightWatcher's: all replicas pooled, the distances from a further one", () => {
    const { columns } = weightwatcher(
      dense(spectrum),
      { first: [[shuffle], [louder]], second: [another] },
      options,
    );
    const pooled = Float64Array.from([...shuffle, ...louder]).sort();
    expect(columns).toMatchObject({
      randScheme: "weightwatcher",
      randNumSpikes: fitWeightWatcherMp(pooled, N, M)!.numSpikes,
      maxRandEval: louder.at(-1),
      wwSoftrank: another.at(-1)! / spectrum.at(-1)!,
    });
    expect(columns).not.toHaveProperty("randNumSpikesByReplica");
  });

  test("five replicas below one hundred eigenvalues", () => {
    expect([98, 99, 100, 101].map(weightwatcherReplicas)).toEqual([5, 5, 1, 1]);
  });
});

describe("convolutions", () => {
  const taps = [spectrum, shuffle, another];

  test("taps pooled, eigenvalues halved", () => {
    const conv = weightwatcher({ N, M, scale: 0.5, taps }, null, options).columns;
    const halved = taps.map((tap) => tap.map((eigenvalue) => eigenvalue / 2));
    expect(conv).toEqual(weightwatcher({ N, M, scale: 1, taps: halved }, null, options).columns);
    expect(conv).toMatchObject({ rf: 3, numEvals: 600, mpVariance: null });
    const pooled = taps.flatMap((tap) => [...tap]);
    expect(conv.lambdaMax).toBe(Math.max(...pooled) / 2);
    expect(conv.norm).toBeCloseTo(pooled.reduce((total, eigenvalue) => total + eigenvalue, 0) / 2, 8);
    expect(conv.svMin).toBeCloseTo(Math.sqrt(Math.max(...taps.map((tap) => tap[0]!)) / 2), 14);
    expect(weightwatcher({ N, M, scale: 0.5, taps: [spectrum] }, null, options).columns.norm).toBeCloseTo(
      spectrum.reduce((total, eigenvalue) => total + eigenvalue, 0) / 2,
      8,
    );
  });

  test("ranks are lost tap by tap", () => {
    const deficient = [Float64Array.of(0, 0, 1e-40), Float64Array.of(0, 1, 2)];
    const { columns } = weightwatcher({ N: 4, M: 3, scale: 0.5, taps: deficient }, null, {
      ...options,
      promise: 0,
    });
    expect(columns.rankLoss).toBe(3);
    expect(columns.matrixRank).toBe(2);
  });
});
