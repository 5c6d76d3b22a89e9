import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { resolveOptions } from "../../lib/analysis/options.ts";
import type { Row } from "../../lib/analysis/row.ts";
import { spectraRow } from "../../lib/analysis/rows.ts";
import { isVectorColumn, withVectors } from "../../lib/analysis/vectors.ts";
import { columns, fromRecord, openCheckpoint, toRecord, weightMatrices } from "../../lib/index.ts";
import { SpectrapError } from "../../lib/solver/error.ts";
import { openSolver } from "../../lib/solver/open.ts";
import { adapterFolder, CONFIG, dense, f32, f64, factorNames, modelFolder } from "../helpers/adapter.ts";
import { goldenCases } from "../helpers/golden.ts";
import { decodeMatrix } from "../helpers/matrix-decode.ts";
import { gaussian, memoryMatrix } from "../helpers/memory-matrix.ts";
import { temporaryFolder, writeSafetensors } from "../helpers/safetensors-writer.ts";
import { rowsOf, tinyFolder } from "./checkpoints.ts";
import { FakeSolver, fakeMatrix, fakeRow, fakeSpectra } from "./fakes.ts";

const location = fileURLToPath(new URL("../fixtures/golden/cases.safetensors", import.meta.url));
const byNumpy: Record<string, Record<string, number>> = JSON.parse(
  readFileSync(new URL("../fixtures/vector-localisation.json", import.meta.url), "utf8"),
).cases;
const byWeightWatcher = goldenCases.flatMap(({ name, derived }) =>
  derived.vectors_xmin_in_tail === undefined ? [] : [[name, derived.vectors_xmin_in_tail] as const],
);

const OPTIONS = { vectors: true, shuffle: "never", minEvals: 0 } as const;

const records = new Map<string, Record<string, unknown>>();
beforeAll(async () => {
  const layers = [...Object.keys(byNumpy), ...byWeightWatcher.map(([name]) => name)];
  for (const row of await rowsOf(location, { ...OPTIONS, layers })) records.set(row.name, toRecord(row));
});

/** Columns that differ by more than the tolerance of the recorded eigenvectors, relative. */
function differences(name: string, expected: Readonly<Record<string, number | string>>): string[] {
  const record = records.get(name)!;
  return Object.entries(expected).flatMap(([column, value]) => {
    const ours = record[column];
    if (value === "NaN") return ours === null ? [] : [column];
    const error = Math.abs((ours as number) - (value as number));
    return error <= 1e-6 * Math.abs(value as number) ? [] : [`${column}: ${ours}, expected ${value}`];
  });
}

describe("columns of eigenvectors", () => {
  test("WeightWatcher's own numbers, with the vector of xmin in the tail", () => {
    expect(byWeightWatcher.map(([name]) => name)).toContain("pl_alpha2_400x300");
    for (const [name, expected] of byWeightWatcher) {
      expect(Object.keys(expected)).toHaveLength(12);
      expect([name, differences(name, expected)]).toEqual([name, []]);
    }
  });

  test("numpy's, of a wide matrix, localised spikes, traps and a convolution", () => {
    for (const [name, expected] of Object.entries(byNumpy)) {
      expect(Object.keys(expected)).toHaveLength(14);
      expect([name, differences(name, expected)]).toEqual([name, []]);
    }
  });

  test("a matrix whose eigenvalues all belong to the tail has no bulk to measure", () => {
    expect(records.get("pl_alpha2_400x300")).toMatchObject({
      bulk_concentration: null,
      tail_concentration: expect.closeTo(3, 0),
      reasons: { bulk_concentration: "no_bulk", bulk_mean_vec_entropy: "no_bulk" },
    });
  });
});

const vectorKeys = columns.map(({ key }) => key).filter(isVectorColumn);

/** The row of a matrix in memory, solved for. */
async function rowOf(rows: number, cols: number, values: Float32Array): Promise<Row> {
  const folder = temporaryFolder();
  const data = new Uint8Array(values.buffer);
  writeSafetensors(`${folder}/model.safetensors`, [
    { name: "w.weight", dtype: "F32", shape: [rows, cols], data },
  ]);
  return (await rowsOf(folder, OPTIONS))[0]!;
}

test("columns of zeros add zero eigenvalues, and change nothing but the length of the vectors", async () => {
  const narrow = gaussian(60 * 24, 11);
  const padded = Float32Array.from({ length: 60 * 36 }, (_, i) =>
    i % 36 < 24 ? narrow[Math.floor(i / 36) * 24 + (i % 36)]! : 0,
  );
  const [without, within] = [await rowOf(60, 24, narrow), await rowOf(60, 36, padded)];
  expect(within.numPlSpikes).toBe(without.numPlSpikes);
  for (const key of ["bulkMeanLocRatio", "bulkVarPartRatio", "tailMeanPartRatio"] as const)
    expect(within[key]).toBeCloseTo(without[key]!, 9);
  expect(within.bulkConcentration! / 36).toBeCloseTo(without.bulkConcentration! / 24, 9);
});

test("stored matrices, MXFP4 and fused ones among them, have the vectors of their decoded entries", async () => {
  const folder = tinyFolder("original");
  const rows = new Map((await rowsOf(folder, { ...OPTIONS, fused: true })).map((row) => [row.name, row]));
  const { matrices } = weightMatrices(await openCheckpoint(folder), { fused: true });
  const solver = openSolver({ threads: 1 });
  expect(matrices.some(({ rows: N, cols: M, source }) => N <= M && "blocks" in source)).toBe(true);
  for (const matrix of matrices) {
    const row = rows.get(matrix.name)!;
    const decoded = memoryMatrix(matrix.name, matrix.rows, matrix.cols, decodeMatrix(matrix));
    const spectra = await solver.solve({ matrix: decoded, precision: "double", seed: 0, replicas: 0 });
    const expected = await withVectors(solver, decoded, spectra, row);
    expect(row.tailConcentration).not.toBeNull();
    for (const key of vectorKeys) {
      if (expected[key] === null) expect([matrix.name, key, row[key]]).toEqual([matrix.name, key, null]);
      else expect(row[key]).toBeCloseTo(expected[key] as number, 6);
    }
  }
  solver.close();
});

test("the difference of two convolutions has the vectors of the stored difference", async () => {
  const shape = [12, 16, 3, 1];
  const sums = gaussian(12 * 16 * 3, 4).map((value) => Math.round(value * 64) / 64); // subtracted without rounding
  const start = gaussian(12 * 16 * 3, 5).map((value) => Math.round(value * 64) / 64);
  const kernel = (values: Float32Array) => modelFolder([f32("conv.weight", shape, values)]);
  const [base, tuned] = [kernel(start), kernel(sums)];
  const [difference] = await rowsOf(tuned, { ...OPTIONS, base });
  const [stored] = await rowsOf(kernel(sums.map((value, i) => value - start[i]!)), OPTIONS);
  expect(difference).toMatchObject({ operation: "difference", rf: 3 });
  for (const key of vectorKeys) expect([key, difference![key]]).toEqual([key, stored![key]]);
});

test("of an adapter, whose eigenvalues are mostly zeros, those of its rank count, as of its product", async () => {
  const [rank, scale] = [12, CONFIG.lora_alpha / 12];
  const [A, B] = [gaussian(rank * 40, 6), gaussian(60 * rank, 7)];
  const names = factorNames("model.layers.0.mlp.up_proj");
  const adapter = adapterFolder([f32(names.A, [rank, 40], A), f32(names.B, [60, rank], B)], {
    ...CONFIG,
    r: rank,
  });
  const product = modelFolder([f64("w.weight", [60, 40], dense(B, A, 60, rank, 40, scale))]);
  const [[row], [whole]] = [await rowsOf(adapter, OPTIONS), await rowsOf(product, OPTIONS)];
  expect(row).toMatchObject({ operation: "adapter", numEvals: 40, numPlSpikes: whole!.numPlSpikes });
  expect(row!.numPlSpikes).toBeLessThan(rank - 1);
  for (const key of vectorKeys) expect(row![key]).toBeCloseTo(whole![key] as number, 6);
});

test("zeros have no tail: every column is null with the reason of xmin", async () => {
  const row = await rowOf(20, 15, new Float32Array(300));
  expect(vectorKeys).toHaveLength(14);
  for (const key of vectorKeys) expect([row[key], row.reasons[key]]).toEqual([null, "zero_matrix"]);
});

test("a row with them comes back from its record", async () => {
  const row = await rowOf(30, 20, gaussian(600, 8));
  expect(row.bulkConcentration).not.toBeNull();
  expect(fromRecord(JSON.parse(JSON.stringify(toRecord(row))))).toEqual(row);
});

test("they are there on request only", () => {
  const row = fakeRow("a");
  expect(vectorKeys.filter((key) => key in row)).toEqual([]);
});

describe("without a BLAS", () => {
  const M = 50;
  const matrix = memoryMatrix("m", 80, M, gaussian(80 * M, 2));
  const solver = openSolver({ threads: 1 });
  /** Refuses as the addon does where no library can be opened. */
  const refusing = {
    localisation: (...[of, tap, top]: Parameters<typeof solver.localisation>) =>
      top === M
        ? Promise.reject(new SpectrapError("BLAS_NOT_FOUND", "none"))
        : solver.localisation(of, tap, top),
  };

  async function solvedRow() {
    const options = resolveOptions({ vectors: true, shuffle: "never" });
    const spectra = await solver.solve({ matrix, precision: "double", seed: 0, replicas: 0 });
    return { spectra, row: spectraRow(matrix, { spectra, traps: null, windows: null }, options) };
  }

  test("the tail has its numbers, and the bulk a reason", async () => {
    const { spectra, row } = await solvedRow();
    const [full, partial] = [
      await withVectors(solver, matrix, spectra, row),
      await withVectors(refusing, matrix, spectra, row),
    ];
    expect(row.numPlSpikes).toBeLessThan(M);
    for (const key of vectorKeys.filter((name) => name.startsWith("tail")))
      expect(partial[key]).toBeCloseTo(full[key] as number, 6);
    for (const key of vectorKeys.filter((name) => name.startsWith("bulk")))
      expect([partial[key], partial.reasons[key]]).toEqual([null, "blas_not_found"]);
    expect(full.reasons).not.toHaveProperty("bulkConcentration");
  });

  test("a tail of all eigenvalues has neither", async () => {
    const { spectra, row } = await solvedRow();
    const whole = { ...row, xmin: spectra.taps[0]!.eigenvalues[0]! };
    const found = await withVectors(refusing, matrix, spectra, whole);
    for (const key of vectorKeys) expect([found[key], found.reasons[key]]).toEqual([null, "blas_not_found"]);
  });
});

test("a failure of the eigenvectors is not hidden", async () => {
  const matrix = fakeMatrix("m");
  const failing = {
    localisation: () => Promise.reject(new SpectrapError("MEMORY_BUDGET", "needs more")),
  };
  const row = fakeRow("m");
  await expect(withVectors(failing, matrix, fakeSpectra({ matrix, replicas: 0 }), row)).rejects.toMatchObject(
    { code: "MEMORY_BUDGET" },
  );
  expect(
    await withVectors(new FakeSolver(), matrix, fakeSpectra({ matrix, replicas: 0 }), row),
  ).toMatchObject({
    tailMeanVecEntropy: 1,
    tailConcentration: 20,
  });
});
