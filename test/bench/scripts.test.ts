import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, finished, start } from "../helpers/command.ts";

const folder = mkdtempSync(join(tmpdir(), "spectrap-bench-test-"));
beforeAll(compile, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const machine = { cpu: "test", cores: 2, memory: 2 ** 34, platform: "linux-x64", node: "v20" };
const line = (solver: string, n: number, cpu_seconds: number, more = {}) => ({
  schema: "spectrap-bench-solver/1",
  solver,
  precision: "double",
  kind: "gauss",
  kernel: "avx2",
  kernel_choice: null,
  n,
  rows: 2 * n,
  cpu_seconds,
  machine,
  ...more,
});

function write(name: string, records: object[]): string {
  const file = join(folder, name);
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  return file;
}

describe("bench/compare.mjs", () => {
  const baseline = write("baseline", [
    line("spectrap", 512, 0.01),
    line("spectrap", 1024, 0.1),
    line("lapack-syevd", 512, 0.02),
  ]);
  const compare = (records: object[]) =>
    finished(start(["bench/compare.mjs", "--baseline", baseline, "--results", write("results", records)]));

  test("names what got slower, and nothing else", async () => {
    const { code, stdout } = await compare([
      line("spectrap", 512, 0.0101),
      line("spectrap", 1024, 0.13),
      line("lapack-syevd", 512, 0.021),
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain("\nslower: spectrap, double, gauss, 2048 × 1024 (1.30×)\n");
    expect(stdout).not.toContain("machine");
  });

  test("is content when nothing did, and says what was faster or not measured", async () => {
    const { code, stdout } = await compare([line("spectrap", 512, 0.005)]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/1024 × 512 +10\.0 +5\.00 +0\.50 +faster/);
    expect(stdout).toContain("nothing of spectrap's got slower");
    expect(stdout).toMatch(/not measured now: .*2048 × 1024; lapack-syevd/);
  });

  test("warns of another machine, of another kernel, and of one that is slower as a whole", async () => {
    const other = { machine: { ...machine, cpu: "another" }, kernel: "sse2" };
    const { code, stdout } = await compare([
      line("spectrap", 512, 0.01, other),
      line("lapack-syevd", 512, 0.04, other),
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain("another machine: test, 2 cores");
    expect(stdout).toContain("another kernel: spectrap ran avx2 then, sse2 now");
    expect(stdout).toContain("the others take 2.00 times as long");
  });

  test("without a baseline it says how to make one", async () => {
    const { code, stderr } = await finished(start(["bench/compare.mjs", "--baseline", join(folder, "none")]));
    expect(code).toBe(2);
    expect(stderr).toContain("-- --write makes one");
  });
});

test("a chart has a line and a name for every series, and shows no name as markup", async () => {
  const chart = {
    title: "time < n & more",
    xLabel: "n",
    yLabel: "s",
    series: [
      {
        name: "one",
        points: [
          [256, 0.01],
          [512, 0.08],
        ],
      },
      {
        name: "two",
        points: [
          [256, 0.02],
          [512, 0.16],
        ],
        dashed: true,
      },
    ],
  };
  const program = `import { lineChart } from "./bench/plot.mjs"; process.stdout.write(lineChart(${JSON.stringify(chart)}));`;
  const { stdout } = await finished(start(["--input-type=module", "-e", program]));
  expect(stdout).toContain("time &lt; n &amp; more");
  expect(stdout.match(/stroke-width="2"/g)).toHaveLength(2);
  expect(stdout.match(/stroke-dasharray/g)).toHaveLength(1);
  expect(stdout).toContain(">one</text>");
  expect(stdout).not.toMatch(/NaN|undefined/);
});

test("the report is written from results, and only between its marks", async () => {
  const page = join(folder, "page.md");
  writeFileSync(page, "before\n<!-- begin eigenvalues -->\nold\n<!-- end eigenvalues -->\nafter\n");
  const record = {
    ...line("spectrap", 2880, 0.4),
    seconds: 0.41,
    gflops: 78,
    fraction_of_peak: 0.65,
    max_error_over_lambda_max: 1.5e-14,
    reference: "lapack-syevd-2stage double",
    rounds: 5,
    command: "npm run bench:solvers",
    date: "2026-11-25T00:00:00.000Z",
  };
  write("solvers.jsonl", [record]);
  const { code, stderr } = await finished(start(["bench/report.mjs", "--results", folder, "--page", page]));
  expect([code, stderr]).toEqual([0, ""]);
  const text = readFileSync(page, "utf8");
  expect(text).toMatch(/^before\n<!-- begin eigenvalues -->\n[\s\S]*\n<!-- end eigenvalues -->\nafter\n$/);
  expect(text).toContain("| spectrap | double | avx2 | 2880 | 410 | 400 | 65.0 % | 1.5e-14 |");
  expect(text).toContain("npm run bench:solvers");
  expect(text).not.toContain("old");
});

test("the study of grokking writes its tables between their marks", async () => {
  const page = join(folder, "grokking.md");
  writeFileSync(page, "before\n<!-- begin printed-modadd -->\nold\n<!-- end printed-modadd -->\nafter\n");
  const run = (only: string) => finished(start(["bench/grokking.mjs", "--only", only, "--page", page]));
  const { code, stderr } = await run("printed");
  expect([code, stderr]).toEqual([0, ""]);
  const text = readFileSync(page, "utf8");
  expect(text).toContain("| traps, WeightWatcher | embed | 0 | 0 | 7 | 7 |");
  expect(text).not.toContain("old");
  expect((await run("unheard")).stderr).toContain("no part unheard among printed, mlp, epsilon, modadd");
});

test("the aspect ratio moves alpha_hill, and alpha_farms hardly", async () => {
  const { code, stdout } = await finished(start(["bench/aspect.mjs", "--quick"]));
  expect(code).toBe(0);
  const [, , hill, farms] = /^spread +(\S+) +(\S+) +(\S+)$/m.exec(stdout)!;
  expect(Number(hill)).toBeGreaterThan(5);
  expect(Number(farms)).toBeLessThan(0.2);
});

test("the simulations print their tables as Markdown, by name, and refuse another name", async () => {
  const run = (only: string) => finished(start(["bench/simulations.mjs", "--quick", "--only", only]));
  const { code, stdout } = await run("auto,edges");
  expect(code).toBe(0);
  expect(stdout).toContain("seed 1, ");
  expect(stdout).not.toMatch(/NaN|undefined|\n(bulk|tails):/);
  // Normal noise of 32 × 8: two edges at two levels, 60 matrices, so at most a few of them.
  const [, ...rates] = /^\| gaussian \| 32 × 8 \| 60 \| (\S+) \| (\S+) \| (\S+) \| (\S+) \|$/m.exec(stdout)!;
  expect(rates.map(Number).every((rate) => rate < 0.2)).toBe(true);
  // The border of a small matrix in a small run is beyond the edge; that of a larger one is the edge.
  expect(stdout).toMatch(/^\| 16 × 12 \| 100 \| 1\.46 \| 1\.45\d \| 200 \|/m);
  expect(stdout).toMatch(/^\| 64 × 64 \| 100 \| 1\.00 \| 0\.740 \| 20 \|/m);
  expect(await run("margins")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("edges,bulk,tails,auto"),
  });
});

test("the simulations of bulks find what was planted", async () => {
  const { stdout } = await finished(start(["bench/simulations.mjs", "--quick", "--only", "bulk"]));
  expect(stdout).toMatch(/^\| noise \| 1 \| 2 \| \d\.\d+, 0\.0 \| \d\.\d+, 0\.0 \| 100% /m);
  expect(stdout).toMatch(/^\| 10 at 4 × the limit \| 4 \| 2 \| 1\.0\d+, 10\.0 /m);
  expect(stdout).toMatch(/^\| power law, 102 \| 1 \| 2 \| 1\.[1-9].* \| 0% /m);
});

test("edits are timed one by one", async () => {
  const { code, stdout } = await finished(start(["bench/edit.mjs", "--quick"]));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^one entry +\d\S* +\d\S* +\d+$/m);
  expect(stdout).toMatch(/^the 128 largest +\d/m);
});

test("the check of the promises prints a row for each spectrum and precision, and none is missed", async () => {
  const args = ["bench/promises.mjs", "--shapes", "160x96", "--kinds", "heavy-mxfp4,bf16,lowrank"];
  const { code, stdout } = await finished(start(args));
  expect([code, stdout.match(/ (met|missed)$/gm)]).toEqual([0, Array(12).fill(" met")]);
  expect(stdout).toMatch(/^bf16 +shuffled +160 × 96 +double +\S+ +1e-7 /m);
  expect(stdout).toContain("every promise was kept");
});
