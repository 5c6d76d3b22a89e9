import { afterAll, describe, expect, test } from "vitest";
import { LapackSolver } from "../../lib/solver/lapack.ts";
import type { Problem } from "../../lib/solver/solver.ts";
import { gaussian, memoryMatrix } from "../helpers/memory-matrix.ts";

function problem(name: string, rows: number, cols: number, more: Partial<Problem> = {}): Problem {
  const matrix = memoryMatrix(name, rows, cols, gaussian(rows * cols, rows * 1000 + cols));
  return { matrix, precision: "double", seed: 1, replicas: 1, ...more };
}

describe("LapackSolver", () => {
  const solver = new LapackSolver({ threads: 2, memoryBytes: 2 ** 28 });
  afterAll(() => solver.close());

  test("names the library and the kernel it runs", () => {
    expect(solver.blas.library).not.toBe("");
    expect(["sequential", "pthread", "openmp", "unknown"]).toContain(solver.blas.threading);
  });

  test("the sum of the eigenvalues is the squared norm, shuffled or not", async () => {
    const { taps, promise } = await solver.solve(problem("a", 80, 50));
    const { moments, eigenvalues, shuffled } = taps[0]!;
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    expect(promise).toBe(1e-12);
    expect(eigenvalues).toHaveLength(50);
    expect(Math.abs(sum(eigenvalues) / moments.sumSquares - 1)).toBeLessThan(1e-13);
    expect(Math.abs(sum(shuffled[0]!) / moments.sumSquares - 1)).toBeLessThan(1e-13);
  });

  test("gives the same bits for any number of threads and any order", async () => {
    const problems = [300, 20, 150, 64, 200, 99].map((cols, i) =>
      problem(`m${i}`, 300, cols, { replicas: 2 }),
    );
    const spectra = async (threads: number, order: Problem[]) => {
      const one = new LapackSolver({ threads, memoryBytes: 2 ** 28 });
      const solved = await Promise.all(
        order.map(async (p) => [p.matrix.name, (await one.solve(p)).taps] as const),
      );
      one.close();
      return Object.fromEntries(solved);
    };
    const expected = await spectra(1, problems);
    expect(await spectra(3, problems)).toEqual(expected);
    expect(await spectra(2, problems.toReversed())).toEqual(expected);
  });

  test("a problem over the budget is refused by name, with what it needs", async () => {
    const small = new LapackSolver({ threads: 1, memoryBytes: 2 ** 20 });
    await expect(small.solve(problem("large", 600, 600))).rejects.toMatchObject({
      code: "MEMORY_BUDGET",
      tensor: "large",
      message: expect.stringMatching(/needs \d+ MiB/),
    });
    small.close();
  });

  test("sides whose product comes round to the length of the values are refused", async () => {
    const matrix = memoryMatrix("m", 2 ** 52, 2 ** 12, new Float32Array(0));
    await expect(solver.solve({ matrix, precision: "double", seed: 0, replicas: 0 })).rejects.toThrow(
      TypeError,
    );
  });

  test("its estimate grows with what it keeps", () => {
    const plain = solver.bytes(problem("a", 900, 600, { replicas: 0 }));
    const shuffled = solver.bytes(problem("a", 900, 600));
    expect(plain).toBeGreaterThan(600 * 600 * 8);
    expect(shuffled).toBeGreaterThanOrEqual(plain + 900 * 600 * 4 - 2 ** 21);
  });

  test("cancel rejects what is outstanding, and the event loop stays free meanwhile", async () => {
    const busy = new LapackSolver({ threads: 1, memoryBytes: 2 ** 30 });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const outstanding = Array.from({ length: 4 }, (_, i) => busy.solve(problem(`c${i}`, 900, 900)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    busy.cancel();
    const outcomes = await Promise.allSettled(outstanding);
    clearInterval(timer);
    busy.close();
    expect(ticks).toBeGreaterThan(5);
    expect(outcomes.at(-1)).toMatchObject({ status: "rejected", reason: { code: "ERR_CANCELLED" } });
  });

  test("a broken half of a fused group leaves the other half whole", async () => {
    const half = gaussian(40 * 30, 5);
    const broken = half.slice();
    broken[7] = Number.NaN;
    const fusedValues = new Float32Array([...half, ...broken]);
    const of = (name: string, rows: number, values: Float32Array): Problem => ({
      matrix: memoryMatrix(name, rows, 30, values),
      precision: "double",
      seed: 0,
      replicas: 0,
    });
    const { gate, up, fused } = solver.solveFused({
      gate: of("gate", 40, half),
      up: of("up", 40, broken),
      fused: of("gate_up", 80, fusedValues),
    });
    const [first, second, third] = await Promise.allSettled([gate, up, fused]);
    expect(first).toMatchObject({ status: "fulfilled" });
    expect(second).toMatchObject({ status: "rejected", reason: { code: "NON_FINITE", tensor: "up" } });
    expect(third).toMatchObject({ status: "rejected", reason: { code: "NON_FINITE", tensor: "gate_up" } });
  });

  test.each([0, 1.5, -1, Number.NaN])("refuses %s threads", (threads) => {
    expect(() => new LapackSolver({ threads })).toThrow(RangeError);
  });
});
