import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compile, finished, spectrap, start } from "../helpers/command.ts";

beforeAll(compile, 120_000);

const lines = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const bench = (args: string, env = {}) => spectrap(["bench", "solvers", ...args.split(" ")], env);

describe("spectrap bench solvers", () => {
  test("--format json: an object for each solver and precision, with all that is promised", async () => {
    const { code, stdout } = await bench("--n 64,96 --kinds gauss --rounds 1 --seed 5 --format json");
    expect(code).toBe(0);
    const records = lines(stdout);
    const solvers = new Set(records.map(({ solver, precision, n }) => `${solver} ${precision} ${n}`));
    expect([...solvers].sort()).toEqual(
      ["lapack-syevd", "spectrap"].flatMap((solver) =>
        ["double", "single"].flatMap((precision) => [
          `${solver} ${precision} 64`,
          `${solver} ${precision} 96`,
        ]),
      ),
    );
    for (const record of records) {
      expect(record).toMatchObject({ kind: "gauss", rounds: 1, seed: 5, threads: 1, rows: 2 * record.n });
      expect(record.kernel).toMatch(/./);
      expect(record.seconds).toBeGreaterThan(0);
      expect(record.cpu_seconds).toBeGreaterThan(0);
      expect(record.gflops).toBeCloseTo((4 * record.n ** 3) / 3 / record.seconds / 1e9, 6);
      // A backward stable solver errs by n·ε·λmax at most, times a small constant.
      const unit = record.n * (record.precision === "double" ? 2 ** -52 : 2 ** -23);
      expect(record.max_error_over_lambda_max).toBeLessThan(4 * unit);
      expect(record.reference).toMatch(/^lapack-.* double$/);
      expect(record.reference).not.toBe(`${record.solver} ${record.precision}`);
      expect(record.command).toContain("bench solvers --n 64,96");
      expect(record.machine.cpu).toMatch(/./);
      expect(record.clock_ghz).toBeGreaterThan(0.1);
      expect(record.seconds_min).toBeLessThanOrEqual(record.seconds);
      expect(record.seconds_max).toBeGreaterThanOrEqual(record.seconds);
    }
  });

  test("--json is short for it, and every driver of LAPACK is a contender", async () => {
    const { code, stdout } = await bench(
      "--n 48 --kinds lowrank --contenders lapack-gesdd,lapack-syevr,lapack-syevd-2stage --precision double --rounds 1 --json --quiet",
    );
    expect(code).toBe(0);
    for (const { solver, max_error_over_lambda_max, rows } of lines(stdout)) {
      expect(solver).toMatch(/^lapack-/);
      expect(max_error_over_lambda_max).toBeLessThan(1e-13);
      expect(rows).toBeNull();
    }
  });

  test("the table is for people, and notes are on stderr", async () => {
    const { code, stdout, stderr } = await bench("--n 32 --kinds identity --contenders spectrap --rounds 1");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^solver +precision .*error\/λmax/);
    expect(stdout.trimEnd().split("\n")).toHaveLength(3);
    expect(stderr).toContain("identity, n = 32");
  });

  // OpenBLAS of every x64 distribution has this old kernel, and no CPU that runs these tests gets it by itself.
  test.runIf(process.arch === "x64")(
    "a BLAS whose own kernel is not the best one runs both",
    async () => {
      const { code, stdout } = await bench(
        "--n 40 --contenders spectrap,lapack-syevd --precision double --rounds 1 --json",
        { OPENBLAS_CORETYPE: "NEHALEM" },
      );
      expect(code).toBe(0);
      const [own, syevd, best] = lines(stdout);
      expect(own).toMatchObject({ solver: "spectrap", kernel_choice: null });
      expect(syevd).toMatchObject({ solver: "lapack-syevd", kernel_choice: "own" });
      expect(best).toMatchObject({ solver: "lapack-syevd", kernel_choice: "best", kernel: "Nehalem" });
      expect(syevd.kernel).not.toBe("Nehalem");
    },
    60_000,
  );

  test("130: Ctrl-C, leaving nothing behind", async () => {
    const temporary = mkdtempSync(join(tmpdir(), "spectrap-interrupt-"));
    const args = ["dist/cli/main.js", "bench", "solvers", "--n", "64", "--rounds", "500", "--json"];
    const child = start(args, { TMPDIR: temporary });
    child.stderr!.on("data", (text) => String(text).includes("gauss, n = 64") && child.kill("SIGINT"));
    const { code, stdout, stderr } = await finished(child);
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toMatch(/interrupted\n$/);
    expect(readdirSync(temporary)).toEqual([]);
    rmSync(temporary, { recursive: true });
  });

  test.each([
    ["an unknown contender", "--contenders spectrap,mkl", "Allowed are spectrap, lapack-syevd"],
    ["an unknown kind", "--kinds gaus", "US_OPTION"],
    ["an order of nothing", "--n 0", "US_OPTION"],
    ["no rounds", "--rounds 0", "US_OPTION"],
    ["an unknown precision", "--precision half", "Allowed are double, single"],
    ["a suite that is not there", "--suite /nowhere.json", "US_OPTION"],
    ["a suite beside an order", "--suite bench/solvers.json --n 8", "US_OPTION"],
  ])("2: %s", async (_, args, message) => {
    const { code, stdout, stderr } = await bench(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });

  test("without a BLAS its contenders are left out with a note, and accuracy is told against what was planted", async () => {
    const { code, stdout, stderr } = await bench("--n 48 --kinds graded,lowrank --rounds 1 --json", {
      SPECTRAP_BLAS: "/nowhere/libnone.so",
    });
    expect(code).toBe(0);
    expect(stderr).toContain("lapack-syevd is not here");
    const records = lines(stdout);
    expect(records.map(({ solver, precision }) => `${solver} ${precision}`)).toEqual(
      ["graded", "lowrank"].flatMap(() => ["spectrap double", "spectrap single"]),
    );
    for (const record of records) {
      expect(record.reference).toBe("planted spectrum");
      expect(record.max_error_over_lambda_max).toBeLessThan(record.precision === "double" ? 1e-13 : 1e-5);
    }
  });
});
