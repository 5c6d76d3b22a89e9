import { expect, test } from "vitest";
import { Goodness } from "../../lib/analysis/goodness.ts";
import { resolveOptions } from "../../lib/analysis/options.ts";
import { spectraRow } from "../../lib/analysis/rows.ts";
import { runPlan } from "../../lib/analysis/run.ts";
import type { MatrixSpectra } from "../../lib/solver/solver.ts";
import { goodnessOfFit, pooledEigenvalues, shuffleKey } from "../../lib/spectrum/index.ts";
import { FakeSolver, fakeMatrix, fakeSpectra } from "./fakes.ts";

const eigenvalues = Float64Array.from({ length: 60 }, (_, i) => (1 - (i + 0.5) / 60) ** -0.8);

function spectraOf(values: Float64Array, taps = 1): MatrixSpectra {
  const spectra = fakeSpectra({ matrix: fakeMatrix("w", { rows: 100, cols: 60 }), replicas: 1 });
  const tap = { ...spectra.taps[0]!, eigenvalues: values };
  return { ...spectra, taps: Array.from({ length: taps }, () => tap) };
}

function rowOf(
  name: string,
  spectra: MatrixSpectra,
  bootstrap: number,
  seed = 0,
  role: "dense" | "conv" = "dense",
) {
  const matrix = fakeMatrix(name, { rows: 100, cols: 60, role, taps: spectra.taps.length });
  const options = resolveOptions({ bootstrap, seed });
  return { matrix, options, row: spectraRow(matrix, { spectra, traps: null, windows: null }, options) };
}

async function judged(spectra: MatrixSpectra, name = "w", seed = 0, role: "dense" | "conv" = "dense") {
  const { matrix, options, row } = rowOf(name, spectra, 39, seed, role);
  await new Goodness(options, new AbortController().signal).judge(row, matrix, spectra);
  return row;
}

test("gof_p is that of the fit, keyed by seed and name", async () => {
  const p = (name: string, seed: number) =>
    goodnessOfFit(eigenvalues, { replicates: 39, key: shuffleKey(seed, `${name} bootstrap`) });
  for (const [name, seed] of [
    ["w", 0],
    ["w", 4],
    ["v", 0],
  ] as const) {
    const { gofP, reasons } = await judged(spectraOf(eigenvalues), name, seed);
    expect([gofP, reasons.gofP]).toEqual([p(name, seed), undefined]);
  }
});

test("of a kernel it is that of the pooled spectrum", async () => {
  const { gofP } = await judged(spectraOf(eigenvalues, 2), "w", 0, "conv");
  const pooled = pooledEigenvalues([eigenvalues, eigenvalues], 0.5);
  expect(gofP).toBe(goodnessOfFit(pooled, { replicates: 39, key: shuffleKey(0, "w bootstrap") }));
});

test("it is null where alpha is, and absent where it was not asked for", async () => {
  const zero = await judged(spectraOf(new Float64Array(60)));
  expect([zero.gofP, zero.reasons.gofP]).toEqual([null, "zero_matrix"]);
  const equal = await judged(spectraOf(new Float64Array(60).fill(2)));
  expect([equal.gofP, equal.reasons.gofP]).toEqual([null, "not_finite"]);
  expect(rowOf("w", spectraOf(eigenvalues), 0).row).not.toHaveProperty("gofP");
});

test("timers and signals have their turn between samples", async () => {
  const spectra = spectraOf(eigenvalues);
  const { matrix, options, row } = rowOf("w", spectra, 50);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const stop = new AbortController();
  const goodness = new Goodness(options, stop.signal);
  await goodness.judge(row, matrix, spectra);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);

  setTimeout(() => stop.abort(), 0);
  const late = rowOf("w", spectra, 100_000);
  await expect(
    new Goodness(late.options, stop.signal).judge(late.row, late.matrix, spectra),
  ).rejects.toMatchObject({ code: "ERR_CANCELLED" });
  expect(late.row.gofP).toBeNull();
});

test("an abort ends the samples of all matrices", async () => {
  const items = ["a", "b", "c"].map((name) => ({ kind: "matrix", matrix: fakeMatrix(name) }) as const);
  const plan = { checkpoint: undefined as never, base: null, items, skipped: [] };
  const stop = new AbortController();
  const options = resolveOptions({ bootstrap: 100_000 });
  const rows = runPlan(plan, new FakeSolver(), options, { signal: stop.signal });
  setTimeout(() => stop.abort(), 20);
  await expect(rows.next()).rejects.toMatchObject({ code: "ERR_CANCELLED" });
});
