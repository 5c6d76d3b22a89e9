import { afterAll, describe, expect, test } from "vitest";
import { kernels } from "../../lib/solver/native.ts";
import { chooseSolver, openSolver } from "../../lib/solver/open.ts";
import type { Problem, SolverName } from "../../lib/solver/solver.ts";
import { gaussian, memoryMatrix } from "../helpers/memory-matrix.ts";

function problem(name: string, rows: number, cols: number, more: Partial<Problem> = {}): Problem {
  const matrix = memoryMatrix(name, rows, cols, gaussian(rows * cols, rows * 1000 + cols));
  return { matrix, precision: "double", seed: 1, replicas: 1, ...more };
}

describe.each<SolverName>(["native", "lapack"])("the solver %s", (name) => {
  const solver = openSolver({ solver: name, threads: 2, memoryBytes: 2 ** 28 });
  afterAll(() => solver.close());

  test("says what it computes with", async () => {
    expect(solver.name).toBe(name);
    if (name === "native") {
      expect(solver.blas).toBeNull();
      expect(solver.kernel).toBe(kernels().name);
    } else {
      expect(solver.kernel).toBe(solver.blas!.kernel);
      expect(solver.blas!.library).not.toBe("");
      expect(["sequential", "pthread", "openmp", "unknown"]).toContain(solver.blas!.threading);
    }
  });

  test("tells the seconds of every stage, and the precision it used", async () => {
    const { seconds, precision } = await solver.solve(problem("a", 80, 50, { precision: "single" }));
    expect(Object.keys(seconds).sort()).toEqual(["chase", "gram", "moments", "reduce", "roots", "shuffle"]);
    if (name === "lapack") expect(seconds.chase).toBe(0);
    expect(["single", "double"]).toContain(precision);
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
      const one = openSolver({ solver: name, threads, memoryBytes: 2 ** 28 });
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
    const small = openSolver({ solver: name, threads: 1, memoryBytes: 2 ** 20 });
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
    const busy = openSolver({ solver: name, threads: 1, memoryBytes: 2 ** 30 });
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
    expect(() => openSolver({ solver: name, threads })).toThrow(RangeError);
  });
});

test("the backends agree within their promises", async () => {
  const solvers = (["native", "lapack"] as const).map((solver) => openSolver({ solver, threads: 1 }));
  for (const precision of ["double", "single"] as const) {
    const [own, oracle] = await Promise.all(
      solvers.map((s) => s.solve(problem("a", 300, 200, { precision }))),
    );
    const [a, b] = [own!.taps[0]!, oracle!.taps[0]!];
    for (const [ours, theirs] of [
      [a.eigenvalues, b.eigenvalues],
      [a.shuffled[0]!, b.shuffled[0]!],
    ] as const) {
      const largest = Math.max(...ours.map((value, i) => Math.abs(value - theirs[i]!)));
      expect(largest / theirs.at(-1)!).toBeLessThanOrEqual(own!.promise + oracle!.promise);
    }
    expect(a.moments).toEqual(b.moments);
  }
  for (const solver of solvers) solver.close();
});

test("the reference is LAPACK's, and not to be had of another", () => {
  expect(chooseSolver("double", undefined)).toBe("native");
  expect(chooseSolver("single", "lapack")).toBe("lapack");
  expect(chooseSolver("reference", undefined)).toBe("lapack");
  expect(chooseSolver("reference", "lapack")).toBe("lapack");
  expect(() => chooseSolver("reference", "native")).toThrow(expect.objectContaining({ code: "US_OPTION" }));
  expect(() => chooseSolver("double", "abacus" as "native")).toThrow(TypeError);
});
