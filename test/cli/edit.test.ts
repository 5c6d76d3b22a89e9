import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { synthesize } from "../../lib/checkpoint/synth/synthesize.ts";
import { openCheckpoint } from "../../lib/index.ts";
import { tinyFolder } from "../analysis/checkpoints.ts";
import { compile, root, spectrap } from "../helpers/command.ts";

const tiny = tinyFolder("hf");
const scratch = mkdtempSync(join(tmpdir(), "spectrap-edit-"));
const planted = join(scratch, "planted");
let trap: { name: string; row: number; col: number };
beforeAll(async () => {
  compile();
  const { matrices } = await synthesize(planted, {
    shape: "dense",
    layers: 2,
    hidden: 128,
    intermediate: 128,
    vocab: 64,
  });
  const found = matrices.find(({ name, outliers }) => outliers.length === 1 && !name.includes("down"))!;
  trap = { name: found.name, row: found.outliers[0]!.row, col: found.outliers[0]!.col };
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const records = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("remove", () => {
  test("an entry: a row before, a row after, and a warning", async () => {
    const out = join(scratch, "entry");
    const place = `${trap.row},${trap.col}`;
    const args = [
      "remove",
      planted,
      "--out",
      out,
      "--layers",
      trap.name,
      "--entry",
      place,
      "--format",
      "json",
    ];
    const { code, stdout, stderr } = await spectrap(args);
    expect(stderr).toContain("warning EDIT_LOAD_BEARING: ");
    expect(code).toBe(0);
    const [record, ...others] = records(stdout);
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      name: trap.name,
      edits: [{ kind: "entry", row: trap.row, column: trap.col }],
      before: { schema: "spectrap-row/1", name: trap.name, seed: 0, error: null },
      after: { schema: "spectrap-row/1", name: trap.name, seed: 0, error: null },
    });
    expect(record.before.trap_margin).toBeGreaterThan(2);
    expect(record.after.trap_margin).toBeLessThan(1);
    expect(record.after.rand_num_spikes).toBeLessThan(record.before.rand_num_spikes);
    expect((await openCheckpoint(out)).tensors).toHaveLength((await openCheckpoint(planted)).tensors.length);
  });

  test("traps: those the calibrated test finds, in all matrices that are selected", async () => {
    const out = join(scratch, "traps");
    const args = ["remove", planted, "--out", out, "--traps", "--layers", "-*down*", "--format", "json"];
    const { code, stdout, stderr } = await spectrap(args);
    expect([code, stderr]).toEqual([0, expect.stringContaining("warning EDIT_LOAD_BEARING: ")]);
    const found = records(stdout);
    const record = found.find(({ name }) => name === trap.name);
    expect(record.edits).toEqual([{ kind: "entry", row: trap.row, column: trap.col }]);
    for (const { before, after } of found) expect([before.traps > 0, after.traps]).toEqual([true, 0]);
    const again = await spectrap([
      "remove",
      out,
      "--out",
      join(scratch, "none"),
      "--traps",
      "--layers",
      "-*down*",
    ]);
    expect([again.code, again.stdout]).toEqual([2, ""]);
    expect(again.stderr).toMatch(/^spectrap: EDIT_NO_TRAP: /);
  });

  test("an entry of a down-projection is refused without --force", async () => {
    const out = join(scratch, "down");
    const layers = "layers.0.experts.0.down";
    const args = ["remove", tiny, "--out", out, "--layers", layers, "--entry", "1,2"];
    const { code, stdout, stderr } = await spectrap(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^spectrap: EDIT_DOWN_PROJECTION: .*--force/);
    expect(existsSync(out)).toBe(false);
    const forced = await spectrap([...args, "--force"]);
    expect(forced.code).toBe(0);
    expect(forced.stderr).toContain("warning EDIT_CONVERTED: ");
    expect(forced.stdout).toContain(`${layers} before`);
    expect(forced.stdout).toContain(`${layers} after`);
  });

  test.each([
    ["nothing", []],
    ["an entry of several matrices", ["--entry", "1,2", "--layers", "*.q_proj"]],
    ["traps beside an entry", ["--traps", "--entry", "1,2", "--layers", "layers.0.q_proj"]],
    ["no number", ["--entry", "1;2"]],
    ["component 0", ["--component", "0", "--layers", "*.q_proj"]],
    ["no matrix", ["--mean", "--layers", "nothing"]],
  ])("%s is refused", async (_, args) => {
    const out = join(scratch, "refused");
    const { code, stdout } = await spectrap(["remove", tiny, "--out", out, ...args]);
    expect([code, stdout, existsSync(out)]).toEqual([2, "", false]);
  });

  test("the mean and components, with every option", async () => {
    const out = join(scratch, "options");
    const options = "--layers *.q_proj --component 1,2 --seed 5 --threads 1 --memory 1 --format json";
    const { code, stdout } = await spectrap(["remove", tiny, "--out", out, ...options.split(" ")]);
    expect(code).toBe(0);
    const found = records(stdout);
    expect(found.map(({ name }) => name)).toEqual(["layers.0.q_proj", "layers.1.q_proj"]);
    expect(found[0].edits).toEqual([
      { kind: "component", index: 1 },
      { kind: "component", index: 2 },
    ]);
    expect(found[0].after.seed).toBe(5);
  });
});

describe("smooth", () => {
  test("keeps the largest singular values", async () => {
    const out = join(scratch, "smooth");
    const args = ["smooth", tiny, "--out", out, "--keep", "8", "--layers", "*.o_proj", "--format", "json"];
    const { code, stdout } = await spectrap(args);
    expect(code).toBe(0);
    for (const { before, after } of records(stdout)) {
      expect(after.log_spectral_norm).toBeCloseTo(before.log_spectral_norm, 2);
      expect(after.log_norm).toBeLessThan(before.log_norm);
    }
    const again = await spectrap(args);
    expect([again.code, again.stderr]).toEqual([2, expect.stringMatching(/^spectrap: RW_NOT_EMPTY: /)]);
  });

  test("a disk that is full leaves no half checkpoint", () => {
    const out = join(scratch, "full");
    const args = ["dist/cli/main.js", "smooth", tiny, "--out", out, "--keep", "8", "--layers", "*.o_proj"];
    // The shell's unit is 1024 bytes. The signal would end the process; without it the write fails.
    const limited = ["-c", `trap '' XFSZ; ulimit -f 20; exec "$0" "$@"`, process.execPath, ...args];
    let failure: { status: number; stderr: Buffer } | undefined;
    try {
      execFileSync("bash", limited, { cwd: root, stdio: "pipe" });
    } catch (error) {
      failure = error as typeof failure;
    }
    expect(failure?.status).toBe(2);
    expect(String(failure!.stderr)).toMatch(/^spectrap: RW_WRITE: .*EFBIG/);
    expect(readdirSync(scratch)).not.toContain("full");
  });
});
