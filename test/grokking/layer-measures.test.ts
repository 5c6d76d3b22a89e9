import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NetworkMatrix } from "../../lib/grokking/matrix.ts";
import { layerMeasures } from "../../lib/grokking/measures/layer-measures.ts";
import { kolmogorovSf, marchenkoPasturTest } from "../../lib/grokking/measures/marchenko-pastur-distance.ts";
import { Uniforms } from "../../lib/grokking/tasks/uniforms.ts";
import { describeDense } from "../../lib/solver/dense-matrix.ts";
import { eigenvalues } from "../../lib/solver/eigenvalues.ts";
import { openSolver } from "../../lib/solver/open.ts";
import { fitClipped, fitPowerLaw } from "../../lib/spectrum/index.ts";
import { gaussian } from "../helpers/memory-matrix.ts";

let solver: ReturnType<typeof openSolver>;
beforeAll(() => {
  solver = openSolver({ threads: 2 });
});
afterAll(() => solver.close());

/** A matrix of independent standard Gaussians with 784 columns and 200 rows, or others. */
function noise(seed: number, rows = 200, cols = 784): NetworkMatrix {
  const values = Float64Array.from(gaussian(rows * cols, seed));
  return describeDense({ values, rows, cols }, `noise ${seed}`);
}

/** Largest singular value of such noise, and the mean from which on there is a trap (Benaych-Georges and Nadakuditi 2012). */
const EDGE = Math.sqrt(784) + Math.sqrt(200);
const CRITICAL_MEAN = (784 * 200) ** -0.25;

const options = { shuffles: 10, seed: 0, level: 0.003 };

test("noise of 784 × 200 has no trap in 99% of 200 shuffles", async () => {
  const found = await layerMeasures(solver, noise(1), { ...options, shuffles: 200 });
  for (const count of [
    found.wwTraps,
    found.wwTrapsCentred,
    found.calibratedTraps,
    found.calibratedTrapsCentred,
  ]) {
    expect(count!.share).toBeLessThanOrEqual(0.01);
  }
  expect([found.entryTraps, found.diffuseTraps, found.meanTrap]).toEqual([0, 0, false]);
});

test("one entry of 2σ(√N + √M) is exactly one trap, whatever the shuffle, and no mean", async () => {
  const planted = noise(2);
  planted.source.values[123 * 784 + 45] = 2 * EDGE;
  const found = await layerMeasures(solver, planted, options);
  const one = { median: 1, least: 1, most: 1, share: 1 };
  expect(found.wwTraps).toEqual(one);
  expect(found.wwTrapsCentred).toEqual(one);
  expect(found.calibratedTraps).toEqual(one);
  expect(found.calibratedTrapsCentred).toEqual(one);
  expect([found.entryTraps, found.diffuseTraps, found.meanTrap]).toEqual([1, 0, false]);
});

test("a mean of three times the critical one is one trap, none after centring, and goes where theory puts it", async () => {
  const shifted = noise(3);
  for (let i = 0; i < shifted.source.values.length; i++) shifted.source.values[i]! += 3 * CRITICAL_MEAN;
  const found = await layerMeasures(solver, shifted, options);
  const [one, none] = [1, 0].map((n) => ({ median: n, least: n, most: n, share: n }));
  expect([found.wwTraps, found.wwTrapsCentred]).toEqual([one, none]);
  expect([found.calibratedTraps, found.calibratedTrapsCentred]).toEqual([one, none]);
  expect([found.entryTraps, found.diffuseTraps, found.meanTrap]).toEqual([0, 0, true]);
  expect(found.mean).toBeCloseTo(3 * CRITICAL_MEAN, 2);
  expect(found.meanSpike).toBe(found.mean ** 2 * 784 * 200);
  // Of noise of variance 1 and a rank-one term of eigenvalue λ: (λ + N)(λ + M)/λ.
  const predicted = ((found.meanSpike + 784) * (found.meanSpike + 200)) / found.meanSpike;
  expect(Math.abs(found.shuffledMax / predicted - 1)).toBeLessThan(0.02);
  expect(Math.abs(found.bulkEdge! / EDGE ** 2 - 1)).toBeLessThan(0.01);
});

test("WeightWatcher's own count adds up five copies of a matrix with fewer than 100 eigenvalues", async () => {
  const planted = (cols: number, rows: number, size: number) => {
    const matrix = noise(5, cols, rows);
    matrix.source.values[7] = size;
    return layerMeasures(solver, matrix, { ...options, shuffles: 5 });
  };
  const small = await planted(200, 99, 2 * (Math.sqrt(200) + Math.sqrt(99)));
  expect([small.wwTraps!.median, small.wwTrapsPooled]).toEqual([1, 5]);
  const large = await planted(200, 100, 2 * (Math.sqrt(200) + Math.sqrt(100)));
  expect([large.wwTraps!.median, large.wwTrapsPooled]).toEqual([1, 1]);
});

test("an ensemble is the same for the same seed, and another for another", async () => {
  const matrix = noise(4, 40, 60);
  matrix.source.values[7] = 1.15 * (40 * 60) ** 0.25;
  const again = () => layerMeasures(solver, matrix, options);
  const first = await again();
  expect(await again()).toEqual(first);
  const other = await layerMeasures(solver, matrix, { ...options, seed: 1 });
  expect(other.shuffledMax).not.toBe(first.shuffledMax);
  expect(other.lambdaMax).toBe(first.lambdaMax);
});

test("an ensemble tells the spread of a trap that some shuffles hide", async () => {
  const matrix = noise(4, 40, 60);
  matrix.source.values[7] = 1.5 * (40 * 60) ** 0.25;
  const { wwTraps, calibratedTraps } = await layerMeasures(solver, matrix, { ...options, shuffles: 40 });
  for (const count of [wwTraps!, calibratedTraps!]) {
    expect([count.least, count.most]).toEqual([0, 1]);
    expect(count.share * 40).toBeGreaterThanOrEqual(1);
    expect(count.share * 40).toBeLessThanOrEqual(39);
  }
  // The tool's threshold is several times the width of the edge above it.
  expect(wwTraps!.share).toBeLessThan(calibratedTraps!.share);
});

test.each([1.5, 2, 3])(
  "alpha of 2000 values of a power law of exponent %d is off by less than 0.1",
  (alpha) => {
    for (const stream of [0, 1, 2]) {
      const random = new Uniforms([5, 7], stream);
      const values = Float64Array.from(
        { length: 2000 },
        () => (1 - random.next()) ** (-1 / (alpha - 1)),
      ).sort();
      expect(Math.abs(fitPowerLaw(values)!.alpha - alpha)).toBeLessThan(0.1);
      expect(fitClipped(values)!.fit.alpha).toBe(fitPowerLaw(values)!.alpha);
    }
  },
);

describe("the test against the law of Marchenko and Pastur", () => {
  const spectrumOf = ({ rows, cols, source }: NetworkMatrix) =>
    eigenvalues({ rows, cols, values: source.values });
  const law = { N: 200, M: 100, sigma: 1 };

  test("noise keeps p above 0.05", async () => {
    const tested = await Promise.all(
      Array.from({ length: 20 }, async (_, seed) =>
        marchenkoPasturTest(await spectrumOf(noise(seed, 100, 200)), law),
      ),
    );
    expect(tested.filter(({ p }) => p > 0.05).length).toBeGreaterThanOrEqual(18);
  });

  test("a heavy part of 30% of the eigenvalues has p below 1e-4", async () => {
    const spectrum = await spectrumOf(noise(1, 100, 200));
    const heavy = spectrum.map((lambda, i) => (i < 70 ? lambda : lambda * (100 / (100 - i)) ** 0.5)).sort();
    expect(marchenkoPasturTest(heavy, law).p).toBeLessThan(1e-4);
  });

  test("two points, by hand", () => {
    // Both below the lower edge: the law is 0 there and the steps reach 1.
    expect(marchenkoPasturTest(Float64Array.of(1, 2), law).distance).toBe(1);
  });

  test("Kolmogorov's law has its tabled points, and its two series meet", () => {
    for (const [x, p] of [
      [1.2238, 0.1],
      [1.3581, 0.05],
      [1.6276, 0.01],
      [0.8276, 0.5],
    ] as const) {
      expect(Math.abs(kolmogorovSf(x) - p)).toBeLessThan(5e-5);
    }
    expect(Math.abs(kolmogorovSf(1.2) - kolmogorovSf(1.2 - 1e-15))).toBeLessThan(1e-12);
    expect([kolmogorovSf(0), kolmogorovSf(0.1), kolmogorovSf(0.2)]).toEqual([1, 1, expect.closeTo(1, 11)]);
  });
});
