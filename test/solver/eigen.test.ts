import { describe, expect, test } from "vitest";
import { type Eigen, type EigenOptions, eigen, eigenvalues } from "../../lib/index.ts";
import type { DenseMatrix } from "../../lib/solver/dense-matrix.ts";
import { gaussian } from "../helpers/memory-matrix.ts";

const EPSILON = Number.EPSILON;

/** Gram matrix of the smaller side, by the definition. */
function gramOf({ values, rows, cols }: DenseMatrix): { G: Float64Array; M: number } {
  const [M, length] = rows >= cols ? [cols, rows] : [rows, cols];
  const at = (i: number, k: number) => (rows >= cols ? values[k * cols + i]! : values[i * cols + k]!);
  const G = new Float64Array(M * M);
  for (let i = 0; i < M; i++)
    for (let j = 0; j < M; j++) for (let k = 0; k < length; k++) G[i * M + j]! += at(i, k) * at(j, k);
  return { G, M };
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from({ length: a.length }, (_, i) => a[i]! * b[i]!).reduce((sum, product) => sum + product, 0);

/** The largest ‖Gv − λv‖ in units of M·ε·‖G‖, and the largest entry of VᵀV − I in units of M·ε. */
function errorsOf(
  matrix: DenseMatrix,
  { values, vectors, count }: Eigen,
): { residual: number; slant: number } {
  const { G, M } = gramOf(matrix);
  const vector = (i: number) => vectors!.subarray(i * M, (i + 1) * M);
  const norm = values[M - 1]!;
  let residual = 0;
  let slant = 0;
  for (let a = 0; a < count; a++) {
    const v = vector(a);
    const image = Array.from({ length: M }, (_, i) => dot(G.subarray(i * M, (i + 1) * M), v));
    residual = Math.max(residual, Math.hypot(...image.map((x, i) => x - values[M - count + a]! * v[i]!)));
    for (let b = 0; b <= a; b++) slant = Math.max(slant, Math.abs(dot(v, vector(b)) - (a === b ? 1 : 0)));
  }
  return { residual: norm === 0 ? residual : residual / (M * EPSILON * norm), slant: slant / (M * EPSILON) };
}

async function expectPairs(matrix: DenseMatrix, options: EigenOptions, count: number): Promise<void> {
  const pairs = await eigen(matrix, options);
  const M = Math.min(matrix.rows, matrix.cols);
  expect(pairs.count).toBe(count);
  expect(pairs.values).toHaveLength(M);
  expect(pairs.vectors).toHaveLength(count * M);
  const { residual, slant } = errorsOf(matrix, pairs);
  expect(residual).toBeLessThan(8);
  expect(slant).toBeLessThan(8);
}

const tall: DenseMatrix = { values: gaussian(90 * 60, 1), rows: 90, cols: 60 };
const wide: DenseMatrix = { values: Float64Array.from(gaussian(40 * 70, 2)), rows: 40, cols: 70 };

describe.each(["native", "lapack"] as const)("eigen, solver %s", (solver) => {
  test("without vectors has the values of eigenvalues()", async () => {
    expect(await eigen(tall, { solver })).toEqual({
      values: await eigenvalues(tall, { solver }),
      vectors: null,
      count: 0,
    });
  });

  test("all vectors, of the smaller side of a tall and of a wide matrix", async () => {
    await expectPairs(tall, { solver, vectors: "all" }, 60);
    await expectPairs(wide, { solver, vectors: "all" }, 40);
  });

  test.each([0, 1, 7, 40])("the vectors of the %i largest eigenvalues", async (top) => {
    await expectPairs(wide, { solver, vectors: { top } }, top);
  });

  test("single precision errs in units of its own ε", async () => {
    const pairs = await eigen(tall, { solver, vectors: { top: 5 }, precision: "single" });
    const { residual, slant } = errorsOf(tall, pairs);
    const unit = 2 ** 29; // ε of float32 in units of float64's
    expect(residual).toBeLessThan(8 * unit);
    expect(slant).toBeLessThan(8 * unit);
  });

  test.each<[string, (r: number, c: number) => number]>([
    ["zero", () => 0],
    ["the identity", (r, c) => (r === c ? 1 : 0)],
    ["rank one", (r, c) => (r + 1) * (c - 3)],
    ["pairs of equal singular values", (r, c) => (r === c ? 1 + (c >> 1) : 0)],
    ["one spike in an identity", (r, c) => (r === c ? (c === 4 ? 100 : 1) : 0)],
  ])("eigenvalues that coincide: %s", async (_, entry) => {
    const values = Float64Array.from({ length: 30 * 20 }, (_, i) => entry(Math.floor(i / 20), i % 20));
    const matrix = { values, rows: 30, cols: 20 };
    await expectPairs(matrix, { solver, vectors: "all" }, 20);
    await expectPairs(matrix, { solver, vectors: { top: 3 } }, 3);
  });

  test("the vector of a planted spike is the spike", async () => {
    const values = gaussian(200 * 100, 3);
    const direction = Array.from({ length: 100 }, (_, c) => Math.cos(c) / Math.sqrt(50));
    for (let r = 0; r < 200; r++) for (let c = 0; c < 100; c++) values[r * 100 + c]! += 10 * direction[c]!;
    const { vectors } = await eigen({ values, rows: 200, cols: 100 }, { solver, vectors: { top: 1 } });
    expect(Math.abs(dot(vectors!, direction))).toBeGreaterThan(0.98);
  });

  test("a matrix without columns has no pairs", async () => {
    const empty = { values: new Float32Array(0), rows: 3, cols: 0 };
    expect(await eigen(empty, { solver, vectors: "all" })).toMatchObject({ count: 0 });
  });
});

describe("eigen refuses", () => {
  test.each([61, -1, 1.5, Number.NaN])("%s vectors of a matrix that has 60", async (top) => {
    await expect(eigen(tall, { vectors: { top } })).rejects.toThrow(RangeError);
  });

  test("sides that do not fit", async () => {
    await expect(eigen({ ...tall, rows: 91 }, { vectors: "all" })).rejects.toThrow(RangeError);
  });

  test("NaN, by its code", async () => {
    const values = Float32Array.from([1, Number.NaN]);
    await expect(eigen({ values, rows: 2, cols: 1 }, { vectors: "all" })).rejects.toMatchObject({
      code: "NON_FINITE",
    });
  });

  test("a reference of the native solver", async () => {
    const options = { precision: "reference", solver: "native" } as const;
    await expect(eigen(tall, options)).rejects.toMatchObject({ code: "US_OPTION" });
  });
});
