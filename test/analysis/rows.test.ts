import { expect, test } from "vitest";
import { type AnalyzeOptions, resolveOptions } from "../../lib/analysis/options.ts";
import { errorRow, spectraRow } from "../../lib/analysis/rows.ts";
import { SpectrapError } from "../../lib/solver/error.ts";
import type { MatrixSpectra } from "../../lib/solver/solver.ts";
import { goldenCase } from "../helpers/golden.ts";
import { fakeMatrix, fakeMoments, fakeSpectra } from "./fakes.ts";

/** Spectra as recorded, with the pooled shuffles of the record dealt out to its replicas. */
function goldenSpectra(name: string): { matrix: ReturnType<typeof fakeMatrix>; spectra: MatrixSpectra } {
  const { evals, rand, rand_evals, rand_evals_second, shape } = goldenCase(name);
  const [rows, cols] = shape as [number, number];
  const matrix = fakeMatrix(name, { rows, cols });
  const dealt = Array.from({ length: rand.replicas }, (_, replica) =>
    rand_evals.filter((_, i) => i % rand.replicas === replica),
  );
  const tap = {
    moments: fakeMoments(rows * cols),
    eigenvalues: evals,
    shuffled: [...dealt, rand_evals_second],
  };
  return { matrix, spectra: { ...fakeSpectra({ matrix, replicas: 1 }), taps: [tap] } };
}

const rowOf = (name: string, options: AnalyzeOptions) => {
  const { matrix, spectra } = goldenSpectra(name);
  return spectraRow(matrix, { spectra, traps: null, windows: null }, resolveOptions(options));
};

test("with wwCompat five replicas are pooled and the second shuffle gives the distances", () => {
  const { rand } = goldenCase("traps1_small_120x60");
  const row = rowOf("traps1_small_120x60", { wwCompat: true });
  expect(row.randScheme).toBe("weightwatcher");
  expect(row.randNumSpikes).toBe(5);
  expect(row.maxRandEval).toBeCloseTo(rand.max_rand_eval as number, 9);
  expect(row.randDistance).toBeCloseTo(rand.rand_distance as number, 9);
  expect(row.wwSoftrank).toBeCloseTo(rand.ww_softrank as number, 9);
});

test("by default every rand column comes from the first replica", () => {
  const { evals, rand_evals } = goldenCase("traps1_400x300");
  const row = rowOf("traps1_400x300", {});
  expect(row).toMatchObject({ randScheme: "replica0", randNumSpikes: 1, randNumSpikesByReplica: null });
  expect(row.maxRandEval).toBe(rand_evals.at(-1));
  expect(row.wwSoftrank).toBe(rand_evals.at(-1)! / evals.at(-1)!);
});

test("the row says which precision was used, and which was asked for", () => {
  const { spectra, matrix } = goldenSpectra("traps1_400x300");
  const options = resolveOptions({ precision: "single", solver: "lapack" });
  const asked = { precisionAsked: "single", solver: "lapack" };
  expect(spectraRow(matrix, { spectra, traps: null, windows: null }, options)).toMatchObject({
    precision: "double",
    ...asked,
  });
  expect(errorRow(matrix, new SpectrapError("NON_FINITE", "a NaN"), options)).toMatchObject({
    precision: "single",
    ...asked,
  });
});

test("more replicas give the count of each", () => {
  const { spectra, matrix } = goldenSpectra("traps2_240x240");
  spectra.taps[0]!.shuffled.push(goldenCase("traps2_240x240").evals);
  const row = spectraRow(
    matrix,
    { spectra, traps: null, windows: null },
    resolveOptions({ shuffleReplicas: 3 }),
  );
  expect(row.randNumSpikesByReplica).toHaveLength(3);
  expect(row.randNumSpikesByReplica![0]).toBe(row.randNumSpikes);
});

test("without a shuffle its columns are null, with a reason", () => {
  const row = rowOf("traps1_400x300", { shuffle: "never" });
  expect(row).toMatchObject({ randNumSpikes: null, wwSoftrank: null, alpha: expect.any(Number) });
  expect(row.reasons).toMatchObject({ randNumSpikes: "not_shuffled", wwSoftrank: "not_shuffled" });
});

test("the largest margin of all taps is the row's", () => {
  const matrix = fakeMatrix("conv", { role: "conv", taps: 2 });
  const spectra = fakeSpectra({ matrix, replicas: 1 });
  spectra.taps[1] = { ...spectra.taps[1]!, moments: fakeMoments(600, 20) };
  const row = spectraRow(matrix, { spectra, traps: null, windows: null }, resolveOptions({}));
  // s = 1 without the one entry of 20, so τ = 600^¼.
  expect(row.trapMargin).toBeCloseTo(20 / 600 ** 0.25, 2);
  expect(row).toMatchObject({ rf: 2, numEvals: 40, lambdaMax: 200 });
});

test("margins that cannot be measured are null with a reason", () => {
  const matrix = fakeMatrix("constant");
  const spectra = fakeSpectra({ matrix, replicas: 1 });
  const constant = { ...fakeMoments(600), shift: 1, sums: [0, 0, 0, 0] as [number, number, number, number] };
  spectra.taps[0] = { ...spectra.taps[0]!, moments: constant };
  const row = spectraRow(matrix, { spectra, traps: null, windows: null }, resolveOptions({}));
  expect(row).toMatchObject({ trapMargin: null, meanMargin: null });
  expect(row.reasons).toMatchObject({ trapMargin: "no_deviation", meanMargin: "no_deviation" });
});

test("fits on request have columns only when asked for", () => {
  expect(rowOf("pl_alpha3_400x300", {})).not.toHaveProperty("alphaDropTop");
  const row = rowOf("pl_alpha3_400x300", { dropTop: 2, inverse: true, xminPeak: true });
  expect(row.alphaDropTop).toBeCloseTo(goldenCase("pl_alpha3_400x300").drop_top_2.alpha as number, 9);
  expect(row).toMatchObject({ alphaInverse: expect.any(Number), alphaXminPeak: expect.any(Number) });
});
