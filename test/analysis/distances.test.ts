import { describe, expect, test } from "vitest";
import { type DistanceOptions, type DistanceRow, distances } from "../../lib/index.ts";
import { f32, f64, modelFolder } from "../helpers/adapter.ts";
import { gaussian } from "../helpers/memory-matrix.ts";
import type { TensorSpec } from "../helpers/safetensors-writer.ts";
import { tinyFolder } from "./checkpoints.ts";

async function compare(a: string, b: string, options: DistanceOptions = {}): Promise<DistanceRow[]> {
  const rows: DistanceRow[] = [];
  for await (const row of distances(a, b, options)) rows.push(row);
  return rows;
}

const close = (value: number | null, expected: number) => expect(value! / expected).toBeCloseTo(1, 12);

describe("one model stored twice", () => {
  test("has distance 0 and CKA 1 in every row, whatever the layouts", async () => {
    const rows = await compare(tinyFolder("hf"), tinyFolder("original"), { cka: true, fused: true });
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) {
      const { raw, euclidean, relative, gapRatio, percentChanged, maxChange, error } = row;
      expect([raw, euclidean, relative, gapRatio, percentChanged, maxChange, error]).toEqual([
        0,
        0,
        0,
        0,
        0,
        0,
        null,
      ]);
      expect(row.cka).toBeCloseTo(1, 12);
    }
  });
});

describe("two matrices", () => {
  const [rows, cols] = [9, 14];
  const a = gaussian(rows * cols, 1);
  const b = a.slice();
  for (let i = 0; i < 31; i++) b[i * 4] = a[i * 4]! + 0.25;
  b[5 * cols + 3] = a[5 * cols + 3]! - 8;
  const first = () => modelFolder([f32("w", [rows, cols], a)]);
  const second = () => modelFolder([f64("w", [rows, cols], b)]);

  test("have the distances of their definitions, in different precisions too", async () => {
    const [row] = await compare(first(), second());
    const pairs = Array.from(a, (x, i) => [x, b[i]!] as const);
    const sum = (term: (x: number, y: number) => number) =>
      pairs.reduce((total, [x, y]) => total + term(x, y), 0);
    close(row!.raw, Math.sqrt(sum((x, y) => (x - y) ** 2)));
    expect(row!.euclidean).toBe(row!.raw);
    close(row!.relative, row!.raw! / Math.sqrt(sum((_, y) => y * y)));
    close(row!.gapRatio, sum((x, y) => Math.abs(x - y)) / sum((x, y) => Math.abs(x) + Math.abs(y)));
    expect(row!.percentChanged).toBe((100 * pairs.filter(([x, y]) => x !== y).length) / (rows * cols));
    expect(row).toMatchObject({ maxChange: Math.abs(a[73]! - b[73]!), maxRow: 5, maxCol: 3, maxTap: 0 });
    expect(row).toMatchObject({ N: cols, M: rows, rf: 1, cka: null, schema: "spectrap-distance/1" });
  });

  test("are as far apart one way as the other", async () => {
    const [there] = await compare(first(), second(), { cka: true });
    const [back] = await compare(second(), first(), { cka: true });
    for (const key of ["raw", "gapRatio", "percentChanged", "maxChange"] as const)
      expect(back![key]).toBe(there![key]);
    close(back!.cka, there!.cka!);
    expect(there!.cka).toBeLessThan(1);
  });

  test("have the CKA of WeightWatcher's formula, ‖AᵀB‖/√(‖AᵀA‖‖BᵀB‖), by hand", async () => {
    // AᵀB = [[1, 3], [2, 6]], AᵀA = [[1, 2], [2, 4]], BᵀB = [[5, 3], [3, 9]].
    const location = (values: number[]) => modelFolder([f64("w", [2, 2], values)]);
    const [row] = await compare(location([1, 2, 0, 0]), location([1, 3, 2, 0]), { cka: true });
    close(row!.cka, Math.sqrt(50) / Math.sqrt(Math.sqrt(25) * Math.sqrt(25 + 9 + 9 + 81)));
  });

  test("with a zero one have no CKA, and a gap of 1", async () => {
    const zero = modelFolder([f32("w", [rows, cols], new Float32Array(rows * cols))]);
    const [row] = await compare(first(), zero, { cka: true });
    expect(row).toMatchObject({ cka: null, relative: null, gapRatio: 1, percentChanged: 100, error: null });
    const [none] = await compare(zero, zero, { cka: true });
    expect(none).toMatchObject({ raw: 0, gapRatio: null, cka: null, error: null });
  });
});

test("a kernel's distances are over its taps", async () => {
  const kernel = (values: number[]): TensorSpec => f32("conv.weight", [2, 3, 1, 2], values);
  const zeros = new Array(12).fill(0);
  // Entry (1, 2) of tap 1 by 3, entry (0, 1) of tap 0 by 4.
  const moved = zeros.map((_, i) => (i === 11 ? 3 : i === 2 ? 4 : 0));
  const [row] = await compare(modelFolder([kernel(moved)]), modelFolder([kernel(zeros)]));
  expect(row).toMatchObject({ raw: 5, euclidean: 3.5, rf: 2, maxChange: 4, maxTap: 0, maxRow: 0, maxCol: 1 });
});

test("pairs are by name; what is in one only is told, other shapes and NaN are error rows", async () => {
  const matrix = (name: string, shape: number[], fill = 1) =>
    f32(name, shape, new Float32Array(shape[0]! * shape[1]!).fill(fill));
  const a = modelFolder([matrix("a", [2, 3]), matrix("b", [2, 3]), matrix("c", [2, 3]), matrix("x", [2, 2])]);
  const b = modelFolder([
    matrix("c", [2, 3], Number.NaN),
    matrix("b", [3, 2]),
    matrix("a", [2, 3]),
    matrix("y", [2, 2]),
  ]);
  const rows = await compare(a, b);
  expect(rows.map(({ name, error }) => [name, error?.code])).toEqual([
    ["a", undefined],
    ["b", "PAIR_SHAPE"],
    ["c", "NON_FINITE"],
  ]);
  expect(rows[2]!.error!.message).toContain("second matrix");
  const plan = await distances(a, b).plan();
  expect([plan.onlyFirst, plan.onlySecond]).toEqual([["x"], ["y"]]);
  expect((await compare(a, b, { layers: ["a"] })).map(({ name }) => name)).toEqual(["a"]);
  await expect(compare(a, b, { layers: ["nothing"] })).rejects.toMatchObject({ code: "US_OPTION" });
  await expect(compare(a, modelFolder([matrix("q", [2, 2])]))).rejects.toMatchObject({ code: "PAIR_NONE" });
});

test("options are checked at once, and a signal ends the work", async () => {
  expect(() => distances("a", "b", { cka: 1 as never })).toThrow(
    expect.objectContaining({ code: "US_OPTION" }),
  );
  const options = { signal: AbortSignal.abort() };
  await expect(compare(tinyFolder("hf"), tinyFolder("hf"), options)).rejects.toMatchObject({
    code: "ERR_CANCELLED",
  });
});
