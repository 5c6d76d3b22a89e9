import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { synthesize } from "../../lib/checkpoint/synth/synthesize.ts";
import { overwrite, tinyCopy, tinyFolder } from "../analysis/checkpoints.ts";
import { compile, finished, root, spectrap, start } from "../helpers/command.ts";
import { withoutAdjustments } from "../helpers/rows.ts";
import { writeSafetensors } from "../helpers/safetensors-writer.ts";

const tiny = tinyFolder("hf");
const scratch = mkdtempSync(join(tmpdir(), "spectrap-command-"));
const large = join(scratch, "large");
beforeAll(async () => {
  compile();
  await synthesize(large, { layers: 2, experts: 8, hidden: 512, intermediate: 512, vocab: 512 });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const parsed = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("what needs neither BLAS nor a checkpoint", () => {
  const without = { SPECTRAP_BLAS: "/nowhere/libnone.so" };

  test("--version is that of the package", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(await spectrap(["--version"], without)).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
  });

  test.each([[["--help"]], [["analyze", "--help"]], [["inspect", "--help"]]])("%j", async (args) => {
    const { code, stdout, stderr } = await spectrap(args, without);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("Usage: spectrap");
  });

  test("inspect", async () => {
    const { code, stdout } = await spectrap(["inspect", tiny], without);
    expect(code).toBe(0);
    expect(stdout).toContain("41 tensors, 24 matrices, 97.74 % of 51.6 k parameters covered");
    expect(stdout).toMatch(/model\.norm\.weight +64 +BF16 +\S/);
  });

  test("inspect --format json is one object, with every skipped tensor and its reason", async () => {
    const { stdout } = await spectrap(["inspect", tiny, "--format", "json", "--fused"], without);
    const inspection = JSON.parse(stdout);
    expect(inspection.matrices).toHaveLength(28);
    expect(inspection.skipped).toHaveLength(21);
    for (const { tensor, reason } of inspection.skipped) {
      expect([tensor, reason]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
    }
  });
});

describe("analyze", () => {
  test("--format json is one object for each matrix on stdout, everything else is on stderr", async () => {
    const { code, stdout, stderr } = await spectrap(["analyze", tiny, "--format", "json"]);
    expect(code).toBe(0);
    const rows = parsed(stdout);
    expect(rows).toHaveLength(24);
    for (const row of rows) {
      expect(row).toMatchObject({ schema: "spectrap-row/1", precision: "double", seed: 0, error: null });
      for (const column of [
        "name",
        "tensor",
        "role",
        "layer",
        "expert",
        "N",
        "M",
        "Q",
        "trap_margin",
        "mean_margin",
      ]) {
        expect(row).toHaveProperty(column);
      }
    }
    expect(stderr).toMatch(/^skipped 17 /m);
    expect(stderr).toMatch(/^precision double: .*≤ 1e-7.*; native \(\w+\)$/m);
    expect(stderr).toMatch(/^24 matrices$/m);
    expect(stderr).toMatch(/^traps made by entries in \d+ of 24, by the mean in 0$/m);
  });

  test("every option reaches the analysis", async () => {
    const options =
      "--layers *.q_proj,lm_head --layers -layers.0.* --shuffle-replicas 3 --seed 7 --min-evals 70 --precision single --solver lapack" +
      " --threads 1 --memory 0.5 --inverse --xmin-peak --drop-top 2 --format json --quiet";
    const { code, stdout, stderr } = await spectrap(["analyze", tiny, ...options.split(" ")]);
    expect([code, stderr]).toEqual([0, ""]);
    const rows = parsed(stdout);
    expect(rows.map(({ name }) => name)).toEqual(["layers.1.q_proj", "lm_head"]);
    expect(rows[0]).toMatchObject({ precision: "single", precision_asked: "single", solver: "lapack" });
    expect(rows[0]).toMatchObject({ seed: 7, num_evals: 64, alpha: null });
    expect(rows[0].reasons.alpha).toBe("too_few_eigenvalues");
    for (const column of ["alpha_inverse", "alpha_xmin_peak", "alpha_drop_top"])
      expect(rows[0]).toHaveProperty(column);
  });

  test("--fused and --ww-compat", async () => {
    const args = [
      "analyze",
      tiny,
      "--fused",
      "--ww-compat",
      "--layers",
      "*.gate_up",
      "--format",
      "json",
      "--quiet",
    ];
    const rows = parsed((await spectrap(args)).stdout);
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatchObject({ role: "gate_up", rand_scheme: "weightwatcher" });
  });

  test("--format csv has a header and a line for each matrix", async () => {
    const { stdout } = await spectrap(["analyze", tiny, "--format", "csv", "--quiet"]);
    const lines = stdout.split("\r\n");
    expect(lines).toHaveLength(1 + 24 + 1);
    expect(lines[0]).toMatch(/^schema,name,tensor,role,layer,expert,slice_id,operation,base,N,M,Q,rf,/);
  });

  test("the table shows worst first on request, and its lines are aligned", async () => {
    const { stdout } = await spectrap(["analyze", tiny, "--sort", "worst", "--quiet"]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(1 + 24);
    const at = lines[0]!.indexOf("trap_margin");
    const margins = lines.slice(1).map((line) => Number(line.slice(at - 1, at + 11)));
    expect(margins).toEqual([...margins].sort((a, b) => b - a));
    expect(margins[0]).toBeGreaterThan(1);
  });

  test("--progress json tells every matrix on stderr", async () => {
    const { stderr } = await spectrap(["analyze", tiny, "--progress", "json", "--quiet"]);
    const events = parsed(stderr);
    expect(events.map(({ done }) => done)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    expect(events.at(-1)).toMatchObject({ event: "progress", total: 24, failed: 0, secondsRemaining: 0 });
  });

  test("--out keeps the run, and refuses a folder that has something in it", async () => {
    const out = join(scratch, "run");
    const { code, stdout } = await spectrap(["analyze", tiny, "--out", out, "--format", "json", "--quiet"]);
    expect(code).toBe(0);
    expect(readdirSync(out).sort()).toEqual([
      "journal.jsonl",
      "manifest.json",
      "rows.csv",
      "rows.jsonl",
      "sketches.jsonl.gz",
      "summary.json",
    ]);
    expect(withoutAdjustments(readFileSync(join(out, "rows.jsonl"), "utf8"))).toBe(stdout);
    const { summary, skipped } = JSON.parse(readFileSync(join(out, "summary.json"), "utf8"));
    expect(summary).toMatchObject({ matrices: 24, failed: 0 });
    expect(skipped).toHaveLength(21);

    const again = await spectrap(["analyze", tiny, "--out", scratch]);
    expect(again).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("OUT_NOT_EMPTY") });
  });
});

describe("exit codes", () => {
  test("1: done, with error rows", async () => {
    const folder = tinyCopy();
    await overwrite(folder, "model.layers.0.self_attn.q_proj.weight", 0, [0xc0, 0x7f]);
    const { code, stdout, stderr } = await spectrap(["analyze", folder, "--format", "json"]);
    expect(code).toBe(1);
    expect(parsed(stdout)[0]).toMatchObject({ name: "layers.0.q_proj", error: { code: "NON_FINITE" } });
    expect(stderr).toContain("24 matrices, 1 failed (NON_FINITE 1)");
  });

  test.each([
    ["no such command", ["analyse", tiny], "unknown command"],
    ["no location", ["analyze"], "missing required argument"],
    ["an unknown option", ["analyze", tiny, "--resumee"], "unknown option"],
    ["--resume without --out", ["analyze", tiny, "--resume"], "US_OPTION"],
    ["--save-spectra without --out", ["analyze", tiny, "--save-spectra"], "US_OPTION"],
    [
      "an unknown condition",
      ["analyze", tiny, "--fail-on", "traps,beta"],
      "Allowed are traps, alpha, errors",
    ],
    [
      "a condition that cannot be met",
      ["analyze", tiny, "--fail-on", "traps", "--shuffle", "never"],
      "US_OPTION",
    ],
    ["a value of the wrong kind", ["analyze", tiny, "--threads", "two"], "Expected a whole number"],
    ["a value out of range", ["analyze", tiny, "--threads", "0"], "US_OPTION"],
    [
      "a choice there is not",
      ["analyze", tiny, "--shuffle", "sometimes"],
      "Allowed choices are always, auto, never",
    ],
    [
      "the reference of another solver",
      ["analyze", tiny, "--precision", "reference", "--solver", "native"],
      "US_OPTION",
    ],
    ["globs that match nothing", ["analyze", tiny, "--layers", "nothing"], "US_OPTION"],
    ["nothing there", ["analyze", "/nowhere"], "CK_"],
    ["nothing to inspect", ["inspect", "/nowhere"], "CK_"],
  ])("2: %s", async (_, args, message) => {
    const { code, stdout, stderr } = await spectrap(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test("2: no BLAS, naming the package to install, and no empty run folder in the way", async () => {
    const out = join(scratch, "no-blas");
    const args = ["analyze", tiny, "--out", out, "--quiet", "--solver", "lapack"];
    const { code, stdout, stderr } = await spectrap(args, { SPECTRAP_BLAS: "/nowhere/libnone.so" });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/BLAS_NOT_FOUND.*libopenblas/);
    expect((await spectrap(args)).code).toBe(0);
  });

  test("eigenvectors without a BLAS: those of the tail, and a reason in place of the others", async () => {
    const args = [
      "analyze",
      large,
      "--vectors",
      "--shuffle",
      "never",
      "--format",
      "json",
      "--layers",
      "*o_proj",
    ];
    const { code, stdout, stderr } = await spectrap(args, { SPECTRAP_BLAS: "/nowhere/libnone.so" });
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("eigenvectors by")]);
    expect(parsed(stdout)).toHaveLength(2);
    for (const row of parsed(stdout)) {
      expect(row).toMatchObject({ tail_mean_part_ratio: expect.any(Number), bulk_mean_part_ratio: null });
      expect(row.reasons.bulk_mean_part_ratio).toBe("blas_not_found");
    }
  });

  test("eigenvectors with one: the run says whose they are", async () => {
    const args = ["analyze", tiny, "--vectors", "--format", "csv", "--layers", "*.q_proj"];
    const { code, stdout, stderr } = await spectrap(args);
    expect(code).toBe(0);
    expect(stdout.split("\r\n", 1)[0]).toContain("bulk_mean_vec_entropy,bulk_mean_loc_ratio");
    expect(stderr).toMatch(/native \(\w+\), eigenvectors by \S+ \(/);
  });

  test("130: interrupted; the rows that were finished are out", async () => {
    const child = start(["dist/cli/main.js", "analyze", large, "--format", "json", "--threads", "1"]);
    child.stdout!.once("data", () => child.kill("SIGINT"));
    const { code, stdout, stderr } = await finished(child);
    expect([code, stderr]).toEqual([130, expect.stringContaining("interrupted\n")]);
    const names = parsed(stdout).map(({ name }) => name);
    expect(names[0]).toBe("layers.0.q_proj");
    expect(names.length).toBeLessThan(60);
  });

  test("3: a condition of --fail-on is met, and stderr says by which matrices", async () => {
    const { code, stdout, stderr } = await spectrap(["analyze", tiny, "--fail-on", "traps", "--quiet"]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^name /);
    expect(stderr).toMatch(/^--fail-on traps: \d+: layers\.\d/);
  });

  test("--fail-on: no condition met is 0, error rows are 1 or, asked for, 3", async () => {
    const clean = ["analyze", tiny, "--layers", "layers.0.router", "--fail-on", "traps,alpha,errors"];
    expect((await spectrap(clean)).code).toBe(0);
    const folder = tinyCopy();
    await overwrite(folder, "model.layers.0.self_attn.q_proj.weight", 0, [0xc0, 0x7f]);
    const damaged = ["analyze", folder, "--layers", "layers.0.q_proj", "--quiet"];
    expect((await spectrap([...damaged, "--fail-on", "alpha"])).code).toBe(1);
    const { code, stderr } = await spectrap([...damaged, "--fail-on", "alpha,errors"]);
    expect([code, stderr]).toEqual([3, "--fail-on errors: 1: layers.0.q_proj\n"]);
  });
});

test("a reader that leaves ends the analysis quietly", async () => {
  const child = start(["dist/cli/main.js", "analyze", large, "--format", "json", "--quiet"]);
  child.stdout!.once("data", () => child.stdout!.destroy());
  const { code, signal, stderr } = await finished(child);
  expect([code, signal, stderr]).toEqual([0, null, ""]);
});

test("process.exit in the middle of an analysis is clean", async () => {
  const program = `
    import { analyze } from "spectrap";
    for await (const row of analyze(${JSON.stringify(large)})) process.exit(row.error === null ? 7 : 1);`;
  expect(await finished(start(["--input-type=module", "-e", program]))).toEqual({
    code: 7,
    signal: null,
    stdout: "",
    stderr: "",
  });
});

test("a name from a hostile file does not reach the terminal as it is", async () => {
  const file = join(scratch, "hostile.safetensors");
  const name = "evil\u001b[2J\nname\u009b";
  writeSafetensors(file, [{ name, dtype: "F32", shape: [20, 20] }]);
  for (const format of ["table", "json"]) {
    const { code, stdout, stderr } = await spectrap(["analyze", file, "--format", format]);
    expect(code).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    if (format === "json") expect(parsed(stdout)[0].name).toBe(name);
  }
});
