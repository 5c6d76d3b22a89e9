import { afterAll, describe, expect, test } from "vitest";
import { openSolver } from "../../lib/solver/open.ts";
import { gaussian, memoryMatrix } from "../helpers/memory-matrix.ts";

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(["native", "lapack"] as const)("localisation, solver %s", (name) => {
  const solver = openSolver({ solver: name, threads: 2, memoryBytes: 2 ** 28 });
  afterAll(() => solver.close());

  test("eigenvectors of Gaussian entries have M·Σv⁴ = 3M/(M + 2) on average, as directions without a preference", async () => {
    const M = 160;
    const { ipr, values } = await solver.localisation(memoryMatrix("g", 400, M, gaussian(400 * M, 5)), 0, M);
    // One vector's M·Σv⁴ has variance 24/M to first order, and they are nearly independent.
    expect(Math.abs(M * mean(ipr) - (3 * M) / (M + 2))).toBeLessThan(4 * Math.sqrt(24 / M / M));
    expect([...values].sort((a, b) => a - b)).toEqual([...values]);
  });

  test("the vector of one large entry is its column, or in a wide matrix its row", async () => {
    for (const [rows, cols] of [
      [60, 40],
      [40, 60],
    ] as const) {
      const entries = gaussian(rows * cols, 7).map((value) => 1e-6 * value);
      entries[3 * cols + 5] = 1;
      const { ipr, locRatio, entropy } = await solver.localisation(
        memoryMatrix("e", rows, cols, entries),
        0,
        1,
      );
      expect(ipr[0]).toBeCloseTo(1, 6);
      expect(locRatio[0]).toBeCloseTo(1, 3);
      const p = 1 / 40; // of the bin it has by itself
      expect(entropy[0]).toBeCloseTo(-p * Math.log(p) - (1 - p) * Math.log(1 - p), 6);
    }
  });

  test("of a square matrix they are the left ones", async () => {
    const entries = new Float32Array(48 * 48).fill(1, 7 * 48, 8 * 48); // one row: e₇ on the left, constant on the right
    const { ipr } = await solver.localisation(memoryMatrix("s", 48, 48, entries), 0, 1);
    expect(ipr[0]).toBeCloseTo(1, 12);
  });

  test("the largest few are those of all, to rounding", async () => {
    const matrix = memoryMatrix("g", 90, 60, Float64Array.from(gaussian(90 * 60, 1)));
    const [all, few] = [await solver.localisation(matrix, 0, 60), await solver.localisation(matrix, 0, 7)];
    expect(few.ipr).toHaveLength(7);
    for (const measure of ["ipr", "locRatio", "entropy"] as const)
      for (const [i, value] of few[measure].entries()) expect(value).toBeCloseTo(all[measure][53 + i]!, 8);
  });

  test("each tap has its own", async () => {
    const entries = Float64Array.from(gaussian(2 * 30 * 20, 3));
    const kernel = memoryMatrix("k", 30, 20, entries, 2);
    const second = memoryMatrix("k", 30, 20, entries.subarray(600));
    expect(await solver.localisation(kernel, 1, 20)).toEqual(await solver.localisation(second, 0, 20));
    await expect(solver.localisation(kernel, 2, 1)).rejects.toThrow(TypeError);
    await expect(solver.localisation(kernel, 0, 21)).rejects.toThrow(TypeError);
  });
});

test("the memory of all vectors counts: a budget that is enough for the spectrum is refused for them", async () => {
  const matrix = memoryMatrix("large", 400, 400, gaussian(400 * 400, 9));
  const problem = { matrix, precision: "double", seed: 0, replicas: 0 } as const;
  const probe = openSolver({ threads: 1 });
  const memoryBytes = probe.bytes(problem) + 1e5;
  probe.close();
  const solver = openSolver({ threads: 1, memoryBytes });
  expect((await solver.solve(problem)).taps[0]!.eigenvalues).toHaveLength(400);
  await expect(solver.localisation(matrix, 0, 400)).rejects.toMatchObject({
    code: "MEMORY_BUDGET",
    tensor: "large",
  });
  solver.close();
});
