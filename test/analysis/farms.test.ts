import { describe, expect, test } from "vitest";
import { MOST_WINDOWS, squareWindows } from "../../lib/analysis/farms.ts";
import { resolveOptions } from "../../lib/analysis/options.ts";
import type { AnalysisPlan } from "../../lib/analysis/plan.ts";
import type { Row } from "../../lib/analysis/row.ts";
import { runPlan } from "../../lib/analysis/run.ts";
import { openCheckpoint, weightMatrices } from "../../lib/index.ts";
import { eigenvalues } from "../../lib/solver/eigenvalues.ts";
import type { SourceFile, WeightMatrix } from "../../lib/solver/matrix.ts";
import { hillExponent } from "../../lib/spectrum/index.ts";
import { decodeMatrix } from "../helpers/matrix-decode.ts";
import { temporaryFolder, writeSafetensors } from "../helpers/safetensors-writer.ts";
import { rowsOf as analysed } from "./checkpoints.ts";
import { FakeSolver, fakeMatrix } from "./fakes.ts";

const file: SourceFile = { path: "weights", size: 1e9, mtimeNs: 0n, inode: 0n };
const bytes = { file, begin: 0, end: 1e9 };

function memory(rows: number, cols: number): WeightMatrix {
  const values = Float64Array.from({ length: rows * cols }, (_, i) => Math.sin(i * i + 1));
  return fakeMatrix("memory", { rows, cols, source: { encoding: "F64", values } });
}

function floats(rows: number, cols: number): WeightMatrix {
  const source = { encoding: "BF16" as const, bytes, offset: 5, rowStride: 700, colStride: 3, tapStride: 1 };
  return fakeMatrix("floats", { rows, cols, source });
}

function mxfp4(rows: number, cols: number): WeightMatrix {
  const source = { encoding: "MXFP4" as const, blocks: bytes, scales: bytes, firstRow: 1, rowStep: 2 };
  return fakeMatrix("mxfp4", { rows, cols, source });
}

describe("squareWindows", () => {
  test.each([
    [64, 64, [0]],
    [96, 64, [0, 32]],
    [128, 64, [0, 64]],
    [64, 200, [0, 45, 91, 136]],
    [6400, 64, [0, 905, 1810, 2715, 3621, 4526, 5431, 6336]],
  ])("%i × %i", (rows, cols, starts) => {
    expect(starts.length).toBeLessThanOrEqual(MOST_WINDOWS);
    const step = rows >= cols ? 700 : 3;
    const windows = squareWindows(floats(rows, cols))!;
    expect(windows.map(({ source }) => ("offset" in source ? (source.offset - 5) / step : null))).toEqual(
      starts,
    );
    for (const window of windows)
      expect(window).toMatchObject({ name: "floats", rows: 64, cols: 64, taps: 1 });
  });

  test("MXFP4 is cut between rows only", () => {
    const first = (window: WeightMatrix) => ("firstRow" in window.source ? window.source.firstRow : null);
    expect(squareWindows(mxfp4(96, 32))!.map(first)).toEqual([1, 65, 129]);
    expect(squareWindows(mxfp4(32, 96))).toBeNull();
    expect(squareWindows(mxfp4(32, 32))!.map(first)).toEqual([1]);
  });

  test("a matrix in memory, tall or wide: the entries of its windows", () => {
    const wide = memory(3, 5);
    const value = (row: number, col: number) => Math.sin((row * 5 + col) ** 2 + 1);
    expect(squareWindows(wide)!.map(({ source }) => ("values" in source ? [...source.values] : []))).toEqual(
      [0, 2].map((start) => [0, 1, 2].flatMap((row) => [0, 1, 2].map((col) => value(row, start + col)))),
    );
    const tall = squareWindows(memory(4, 2))!;
    expect(tall.map(({ source }) => ("values" in source ? source.values[0] : 0))).toEqual([
      Math.sin(1),
      Math.sin(17),
    ]);
  });

  test("side by side they hold the matrix: the sums of their eigenvalues add up to its own", async () => {
    const sumOf = async ({ rows, cols, source }: WeightMatrix) => {
      const values = "values" in source ? source.values : new Float64Array();
      return (await eigenvalues({ rows, cols, values: Float64Array.from(values) })).reduce(
        (a, b) => a + b,
        0,
      );
    };
    const matrix = memory(36, 12);
    const parts = await Promise.all(squareWindows(matrix)!.map(sumOf));
    expect(parts.reduce((a, b) => a + b)).toBeCloseTo(await sumOf(matrix), 9);
  });
});

async function rowsOf(matrices: WeightMatrix[], solver: FakeSolver, farms = true): Promise<Row[]> {
  const items = matrices.map((matrix) => ({ kind: "matrix" as const, matrix }));
  const plan = { items } as unknown as AnalysisPlan;
  const rows: Row[] = [];
  for await (const row of runPlan(plan, solver, resolveOptions({ farms }))) rows.push(row);
  return rows;
}

describe("alpha_farms in a run", () => {
  const squares = Float64Array.from({ length: 20 }, (_, i) => (i + 1) ** 2);
  const pooled = (count: number) =>
    hillExponent(Float64Array.from(Array.from({ length: count }, () => [...squares]).flat()).sort());

  test("windows are solved without shuffles; a square matrix is its own", async () => {
    const solver = new FakeSolver();
    const [tall, square] = await rowsOf(
      [fakeMatrix("tall", { rows: 50 }), fakeMatrix("square", { rows: 20 })],
      solver,
    );
    expect(solver.solved.map(({ matrix, replicas }) => [matrix.name, matrix.rows, replicas])).toEqual([
      ["tall", 50, 1],
      ...Array.from({ length: 3 }, () => ["tall", 20, 0]),
      ["square", 20, 1],
    ]);
    expect(tall!.alphaFarms).toBe(pooled(3));
    expect(square!.alphaFarms).toBe(pooled(1));
    expect(square!.alphaFarms).toBe(square!.alphaHill);
  });

  test("without the option there is neither column nor window", async () => {
    const solver = new FakeSolver();
    const [row] = await rowsOf([fakeMatrix("tall", { rows: 50 })], solver, false);
    expect(solver.solved).toHaveLength(1);
    expect(row).not.toHaveProperty("alphaFarms");
  });

  test("what cannot be cut has the column null, with a reason", async () => {
    const solver = new FakeSolver();
    const [row] = await rowsOf([mxfp4(32, 96)], solver);
    expect(row).toMatchObject({ alphaFarms: null, error: null, reasons: { alphaFarms: "not_cut" } });
  });

  test("a window that fails makes an error row, after all of them have settled", async () => {
    const solver = new FakeSolver();
    const [row] = await rowsOf([fakeMatrix("fail NON_FINITE", { rows: 50 })], solver);
    expect(row).toMatchObject({ alphaFarms: null, error: { code: "NON_FINITE" } });
    expect(solver.running).toBe(0);
  });
});

/** alpha_farms by hand: entries decoded, windows copied, their spectra pooled. */
async function byHand(matrix: WeightMatrix, starts: number[]): Promise<number> {
  const { rows, cols, taps } = matrix;
  const M = Math.min(rows, cols);
  const pooled: number[] = [];
  for (let tap = 0; tap < taps; tap++) {
    const entries = decodeMatrix(matrix, tap);
    for (const start of starts) {
      const at = (i: number) => {
        const [row, col] = [Math.floor(i / M), i % M];
        return rows >= cols ? (start + row) * cols + col : row * cols + start + col;
      };
      const values = Float64Array.from({ length: M * M }, (_, i) => entries[at(i)]!);
      pooled.push(...(await eigenvalues({ rows: M, cols: M, values })));
    }
  }
  return hillExponent(Float64Array.from(pooled).sort());
}

test("alpha_farms of stored matrices, tall, wide and of a convolution, is that of windows cut by hand", async () => {
  const file = `${temporaryFolder()}/model.safetensors`;
  const shapes = { tall: [70, 30], wide: [30, 75], conv: [12, 30, 3, 1] };
  const starts: Record<string, number[]> = { tall: [0, 20, 40], wide: [0, 23, 45], conv: [0, 9, 18] };
  writeSafetensors(
    file,
    Object.entries(shapes).map(([name, shape]) => {
      const entries = shape.reduce((a, b) => a * b);
      const values = Float32Array.from({ length: entries }, (_, i) => Math.sin(i * i + shape[0]!));
      return { name, dtype: "F32", shape, data: new Uint8Array(values.buffer) };
    }),
  );
  const rows = await analysed(file, { farms: true, shuffle: "never" });
  const { matrices } = weightMatrices(await openCheckpoint(file));
  expect(rows.map(({ name }) => name).sort()).toEqual(["conv", "tall", "wide"]);
  for (const { name, alphaFarms, Q } of rows) {
    const matrix = matrices.find((other) => other.name === name)!;
    expect(Q).toBeGreaterThan(2);
    expect(alphaFarms).toBeCloseTo(await byHand(matrix, starts[name]!), 9);
  }
});
