import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { analyze, eigenvalues, type Row, RunFolder, recordRun, type WeightMatrix } from "../../lib/index.ts";
import { openSolver } from "../../lib/solver/open.ts";
import { adapterFolder, CONFIG, dense, f32, f64, factorNames, modelFolder } from "../helpers/adapter.ts";
import { gaussian, memoryMatrix } from "../helpers/memory-matrix.ts";
import { temporaryFolder, writeSafetensors } from "../helpers/safetensors-writer.ts";
import { rowsOf, tinyFolder } from "./checkpoints.ts";

const NAME = "model.layers.0.mlp.up_proj.weight";
const MODULE = NAME.slice(0, -".weight".length);
const [OUT, IN] = [60, 40];

const numbersOf = (row: Row) => ({
  alpha: row.alpha,
  lambdaMax: row.lambdaMax,
  norm: row.norm,
  stableRank: row.stableRank,
  matrixRank: row.matrixRank,
  randNumSpikes: row.randNumSpikes,
  maxRandEval: row.maxRandEval,
  trapMargin: row.trapMargin,
});

/** All spectra of the matrices an analysis plans. */
async function spectraOf(location: string, base?: string): Promise<Float64Array[]> {
  const { items } = await analyze(location, base === undefined ? {} : { base }).plan();
  const solver = openSolver({ threads: 1 });
  try {
    const found: Float64Array[] = [];
    for (const item of items) {
      if (item.kind === "broken") throw item.broken.error;
      const { matrix } = item;
      const { taps } = await solver.solve({ matrix, precision: "double", seed: 0, replicas: 0 });
      found.push(taps[0]!.eigenvalues);
    }
    return found;
  } finally {
    solver.close();
  }
}

function gap(values: Float64Array, expected: Float64Array): number {
  expect(values).toHaveLength(expected.length);
  return (
    values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0) / expected.at(-1)!
  );
}

describe("a checkpoint against its base", () => {
  const base = gaussian(OUT * IN, 1);
  const u = gaussian(OUT, 2);
  const v = gaussian(IN, 3);
  // Sums of dyadic numbers, so that the planted difference is what is stored.
  const round = (value: number) => Math.round(value * 64) / 64;
  const rounded = base.map(round);
  const [left, right] = [u.map(round), v.map(round)];
  const tuned = rounded.map((w, i) => w + left[Math.floor(i / IN)]! * right[i % IN]!);
  const norm2 = (vector: Float32Array) => vector.reduce((sum, value) => sum + value * value, 0);

  test("a planted rank-one update is found as one eigenvalue, its squared norm", async () => {
    const before = modelFolder([f32(NAME, [OUT, IN], rounded)]);
    const after = modelFolder([f32(NAME, [OUT, IN], tuned)]);
    const [spectrum] = await spectraOf(after, before);
    expect(spectrum!.at(-1)! / (norm2(left) * norm2(right))).toBeCloseTo(1, 12);
    expect(Math.max(...spectrum!.slice(0, -1)) / spectrum!.at(-1)!).toBeLessThan(1e-12);
    const [row] = await rowsOf(after, { base: before });
    expect(row).toMatchObject({
      operation: "difference",
      base: before,
      name: NAME,
      error: null,
    });
    expect(row!.stableRank).toBeCloseTo(1, 12);
  });

  test("every number is that of the difference in a checkpoint of its own", async () => {
    const other = gaussian(OUT * IN, 4);
    const difference = Float64Array.from(base, (w, i) => w - other[i]!);
    const [row] = await rowsOf(modelFolder([f32(NAME, [OUT, IN], base)]), {
      base: modelFolder([f32(NAME, [OUT, IN], other)]),
    });
    const [stored] = await rowsOf(modelFolder([f64(NAME, [OUT, IN], difference)]));
    expect(numbersOf(row!)).toEqual(numbersOf(stored!));
    expect(stored).toMatchObject({ operation: null, base: null });
  });

  test("of one model in two layouts the difference is zero", async () => {
    const rows = await rowsOf(tinyFolder("hf"), { base: tinyFolder("original"), fused: true });
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter(({ error }) => error !== null)).toEqual([]);
    expect(new Set(rows.map(({ norm }) => norm))).toEqual(new Set([0]));
  });

  test("names of one checkpoint only are left out, other shapes are error rows, and no common name is refused", async () => {
    const tensors = [f32(NAME, [OUT, IN], base), f32("extra", [3, 4], new Float32Array(12))];
    const after = modelFolder([...tensors, f32("head.weight", [4, 6], new Float32Array(24))]);
    const before = modelFolder([
      f32(NAME, [OUT, IN], base),
      f32("head.weight", [6, 4], new Float32Array(24)),
    ]);
    const plan = await analyze(after, { base: before }).plan();
    expect(plan.skipped).toMatchObject([{ tensor: "extra", reason: "no matrix of this name in the base" }]);
    const rows = await rowsOf(after, { base: before });
    expect(rows.map(({ name, error }) => [name, error?.code])).toEqual([
      [NAME, undefined],
      ["head.weight", "PAIR_SHAPE"],
    ]);
    expect(rows[1]!.error!.message).toContain("4 × 6");
    const foreign = modelFolder([f32("w", [3, 4], new Float32Array(12))]);
    await expect(rowsOf(after, { base: foreign })).rejects.toMatchObject({
      code: "PAIR_NONE",
      file: foreign,
    });
  });

  test("NaN in the base is named in the row", async () => {
    const broken = base.slice();
    broken[IN + 2] = Number.NaN;
    const [row] = await rowsOf(modelFolder([f32(NAME, [OUT, IN], base)]), {
      base: modelFolder([f32(NAME, [OUT, IN], broken)]),
    });
    expect(row!.error).toMatchObject({ code: "NON_FINITE" });
    expect(row!.error!.message).toContain("row 1, column 2");
  });
});

test("a run in a folder goes on with the same base only", async () => {
  const weights = gaussian(240, 1);
  const after = modelFolder([f32("w", [20, 12], weights)]);
  const before = modelFolder([f32("w", [20, 12], gaussian(240, 2))]);
  const out = join(temporaryFolder(), "run");
  const run = async (resume: boolean) => {
    const rows: Row[] = [];
    for await (const row of recordRun(analyze(after, { base: before }), new RunFolder(out, { resume })))
      rows.push(row);
    return rows;
  };
  const [row] = await run(false);
  expect(await run(true)).toEqual([row]);
  const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
  const names = manifest.inputs.map(({ name }: { name: string }) => name);
  expect(names).toEqual(["model.safetensors", "base/model.safetensors"]);
  writeSafetensors(join(before, "model.safetensors"), [f32("w", [20, 12], gaussian(240, 3))]);
  const error = await run(true).catch((reason) => reason);
  expect(error).toMatchObject({ code: "RUN_DIFFERS" });
  expect(error.message).toContain("base/model.safetensors");
});

describe("an adapter", () => {
  const rank = 5;
  const A = gaussian(rank * IN, 5);
  const B = gaussian(OUT * rank, 6);
  const names = factorNames(MODULE);
  const adapter = () =>
    adapterFolder([f32(names.A, [rank, IN], A), f32(names.B, [OUT, rank], B)], { ...CONFIG, r: rank });
  const change = dense(B, A, OUT, rank, IN, 3 / rank);

  test("alone has the spectrum of the dense product", async () => {
    const expected = await eigenvalues({ values: change, rows: OUT, cols: IN });
    const [spectrum] = await spectraOf(adapter());
    expect(gap(spectrum!, expected)).toBeLessThan(1e-10);
    expect(spectrum!.filter((value) => value > 0)).toHaveLength(rank);
    const [row] = await rowsOf(adapter());
    expect(row).toMatchObject({
      operation: "adapter",
      base: null,
      N: OUT,
      M: IN,
      error: null,
    });
    expect(row!.randNumSpikes).not.toBeNull();
  });

  test("merged has that of the base plus the product", async () => {
    const weights = gaussian(OUT * IN, 7);
    const base = modelFolder([f32(NAME, [OUT, IN], weights)]);
    const sum = change.map((w, i) => w + weights[i]!);
    const expected = await eigenvalues({ values: sum, rows: OUT, cols: IN });
    const [spectrum] = await spectraOf(adapter(), base);
    expect(gap(spectrum!, expected)).toBeLessThan(1e-10);
    const location = adapter();
    const [row] = await rowsOf(location, { base });
    expect(row).toMatchObject({ operation: "merged", base, name: NAME, error: null });
  });

  test("of a transposed weight is added the other way round", async () => {
    const weights = gaussian(OUT * IN, 8); // [in, out]
    const base = modelFolder([f32(NAME, [IN, OUT], weights)]);
    const config = { ...CONFIG, r: rank, fan_in_fan_out: true };
    const location = adapterFolder([f32(names.A, [rank, IN], A), f32(names.B, [OUT, rank], B)], config);
    const sum = Float64Array.from(weights, (w, at) => w + change[(at % OUT) * IN + Math.floor(at / OUT)]!);
    const expected = await eigenvalues({ values: sum, rows: IN, cols: OUT });
    const [spectrum] = await spectraOf(location, base);
    expect(gap(spectrum!, expected)).toBeLessThan(1e-10);
  });

  test("to a weight the base does not have is an error row; a base that is an adapter is refused", async () => {
    const location = adapterFolder([
      ...["model.layers.0.mlp.up_proj", "model.layers.9.mlp.up_proj"].flatMap((module) => [
        f32(factorNames(module).A, [2, IN], A.slice(0, 2 * IN)),
        f32(factorNames(module).B, [OUT, 2], B.slice(0, 2 * OUT)),
      ]),
    ]);
    const base = modelFolder([f32(NAME, [OUT, IN], gaussian(OUT * IN, 9))]);
    const rows = await rowsOf(location, { base });
    expect(rows.map(({ error }) => error?.code)).toEqual([undefined, "PAIR_MISSING"]);
    await expect(rowsOf(base, { base: location })).rejects.toMatchObject({ code: "AD_UNSUPPORTED" });
  });

  test("that does nothing yet, B = 0, is a row of zeros", async () => {
    const location = adapterFolder([
      f32(names.A, [2, IN], A.slice(0, 2 * IN)),
      f32(names.B, [OUT, 2], new Float32Array(2 * OUT)),
    ]);
    const [row] = await rowsOf(location);
    expect(row).toMatchObject({ norm: 0, matrixRank: 0, error: null });
  });
});

test("without shuffled copies a product needs less memory than its Gram matrix", () => {
  const [rows, cols, rank] = [3000, 2000, 2];
  const left = { encoding: "F32", values: new Float32Array(rows * rank) } as const;
  const right = { encoding: "F32", values: new Float32Array(rank * cols) } as const;
  const source = { encoding: "F64", left, right, rank, scale: 1, base: null } as const;
  const matrix: WeightMatrix = { ...memoryMatrix("w", 1, 1, new Float32Array(1)), rows, cols, source };
  const solver = openSolver({ threads: 1 });
  try {
    const bytes = (replicas: number) => solver.bytes({ matrix, precision: "double", seed: 0, replicas });
    expect(bytes(0)).toBeLessThan(cols * cols * 8);
    expect(bytes(1)).toBeGreaterThan(rows * cols * 8);
  } finally {
    solver.close();
  }
});
