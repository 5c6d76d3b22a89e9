import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { resolveOptions } from "../../lib/analysis/options.ts";
import type { Row } from "../../lib/analysis/row.ts";
import { spectraRow } from "../../lib/analysis/rows.ts";
import { isVectorColumn, withVectors } from "../../lib/analysis/vectors.ts";
import { columns, toRecord } from "../../lib/index.ts";
import { SpectrapError } from "../../lib/solver/error.ts";
import { openSolver } from "../../lib/solver/open.ts";
import { goldenCases } from "../helpers/golden.ts";
import { gaussian, memoryMatrix } from "../helpers/memory-matrix.ts";
import { temporaryFolder, writeSafetensors } from "../helpers/safetensors-writer.ts";
import { rowsOf } from "./checkpoints.ts";
import { FakeSolver, fakeMatrix, fakeRow, fakeSpectra } from "./fakes.ts";

const location = fileURLToPath(new URL("../fixtures/golden/cases.safetensors", import.meta.url));
const byNumpy: Record<string, Record<string, number>> = JSON.parse(
  readFileSync(new URL("../fixtures/vector-localisation.json", import.meta.url), "utf8"),
).cases;
const byWeightWatcher = goldenCases.flatMap(({ name, derived }) =>
  derived.vectors_xmin_in_tail === undefined ? [] : [[name, derived.vectors_xmin_in_tail] as const],
);

const records = new Map<string, Record<string, unknown>>();
beforeAll(async () => {
  const layers = [...Object.keys(byNumpy), ...byWeightWatcher.map(([name]) => name)];
  const options = { layers, vectors: true, shuffle: "never", minEvals: 0 } as const;
  for (const row of await rowsOf(location, options)) records.set(row.name, toRecord(row));
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
  return (await rowsOf(folder, { vectors: true, shuffle: "never" }))[0]!;
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

test("zeros have no tail: every column is null with the reason of xmin", async () => {
  const row = await rowOf(20, 15, new Float32Array(300));
  expect(vectorKeys).toHaveLength(14);
  for (const key of vectorKeys) expect([row[key], row.reasons[key]]).toEqual([null, "zero_matrix"]);
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
