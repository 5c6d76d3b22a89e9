import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { synthesize, type Truth } from "../../lib/checkpoint/synth/synthesize.ts";
import { type EditRun, type RemoveTrapsOptions, removeTraps } from "../../lib/index.ts";
import { gaussian } from "../helpers/memory-matrix.ts";
import { type TensorSpec, temporaryFolder, writeSafetensors } from "../helpers/safetensors-writer.ts";
import { rowsOf } from "./checkpoints.ts";

const [rows, cols] = [160, 96];
const tau = (rows * cols) ** 0.25;

/** A file with one tensor of F32. */
function fileOf(values: Float32Array, shape = [rows, cols], name = "w"): string {
  const file = join(temporaryFolder(), "model.safetensors");
  const tensor: TensorSpec = { name, dtype: "F32", shape, data: new Uint8Array(values.buffer) };
  writeSafetensors(file, [tensor]);
  return file;
}

const target = () => join(temporaryFolder(), "out");
const edited = (run: EditRun) => Object.fromEntries(run.matrices.map((matrix) => [matrix.name, matrix]));
const codes = ({ warnings }: EditRun) => warnings.map(({ code }) => code);
const failure = (location: string, out: string, options?: RemoveTrapsOptions) =>
  removeTraps(location, out, options).catch((error: { code: string }) => error.code);

describe("a checkpoint with planted traps, its experts in MXFP4", () => {
  const scratch = mkdtempSync(join(tmpdir(), "spectrap-traps-"));
  const planted = join(scratch, "planted");
  let truth: Truth;
  let run: EditRun;
  beforeAll(async () => {
    const size = { layers: 1, experts: 3, hidden: 192, intermediate: 192, vocab: 256 };
    truth = await synthesize(planted, size);
    run = await removeTraps(planted, join(scratch, "out"), { force: true, seed: 4 });
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test("loses every planted entry, and no other", () => {
    const outliers = truth.matrices.filter(({ outliers }) => outliers.length > 0);
    expect(run.matrices.some(({ before }) => before.tensor.endsWith("_blocks"))).toBe(true);
    expect(run.converted).toBe(true);
    for (const { name, outliers: entries } of outliers) {
      const { edits } = edited(run)[name]!;
      const places = entries.map(({ row, col }) => ({ kind: "entry", row, column: col }));
      expect(edits).toHaveLength(places.length);
      expect(edits).toEqual(expect.arrayContaining(places));
    }
    expect(run.matrices).toHaveLength(outliers.length);
  });

  test("has no trap afterwards, by the same seed and level", async () => {
    for (const { before, after } of run.matrices) {
      expect(before.traps).toBeGreaterThan(0);
      expect([after.traps, after.error, after.seed, after.trapLevel]).toEqual([0, null, 4, before.trapLevel]);
      expect(after.trapMargin).toBeLessThan(0.75);
    }
    expect(codes(run)).not.toContain("EDIT_TRAPS_LEFT");
    const again = await rowsOf(join(scratch, "out"), { seed: 4 });
    expect(again.filter(({ traps }) => traps !== 0)).toEqual([]);
    const rowAfter = edited(run)[run.matrices[0]!.name]!.after;
    expect(again.find(({ name }) => name === rowAfter.name)).toEqual(rowAfter);
  });

  test("is refused where an entry lies in a down-projection, unless forced", async () => {
    const out = join(scratch, "refused");
    expect(await failure(planted, out)).toBe("EDIT_DOWN_PROJECTION");
    expect(existsSync(out)).toBe(false);
  });
});

describe("a mean that makes a trap", () => {
  const values = gaussian(rows * cols, 2).map((value) => value + 3 / tau);
  values[3 * cols + 4] = 2 * tau;

  test("stays unless it is asked for", async () => {
    const { w } = edited(await removeTraps(fileOf(values), target()));
    expect(w!.edits).toEqual([{ kind: "entry", row: 3, column: 4 }]);
    expect([w!.before.traps, w!.before.meanTrap]).toEqual([1, true]);
    expect([w!.after.traps, w!.after.meanTrap]).toEqual([0, true]);
  });

  test("goes with the entries", async () => {
    const { w } = edited(await removeTraps(fileOf(values), target(), { mean: true }));
    expect(w!.edits).toEqual([{ kind: "entry", row: 3, column: 4 }, { kind: "mean" }]);
    expect([w!.after.traps, w!.after.meanTrap]).toEqual([0, false]);
    expect(w!.after.meanMargin).toBeLessThan(1e-5);
  });

  test("is left in matrices where it makes none", async () => {
    const small = gaussian(rows * cols, 5).map((value) => value + 0.05);
    small[7] = 2 * tau;
    const { w } = edited(await removeTraps(fileOf(small), target(), { mean: true }));
    expect(w!.edits).toEqual([{ kind: "entry", row: 0, column: 7 }]);
  });
});

test("traps without an entry are counted, and left", async () => {
  const values = gaussian(rows * cols, 8);
  // More than are attributed; in rows and columns of their own, and far from τ.
  for (let k = 0; k < 40; k++) values[(4 * k + 1) * cols + 2 * k] = (3 + k / 10) * tau;
  const run = await removeTraps(fileOf(values), target());
  const { edits, before, after } = run.matrices[0]!;
  expect(before.trapOrigins).toHaveLength(20);
  const entries = before.trapOrigins!.filter(({ kind }) => kind === "entry");
  const named = new Set(entries.map(({ row, col }) => `${row},${col}`));
  expect(new Set(edits.map((edit) => edit.kind === "entry" && `${edit.row},${edit.column}`))).toEqual(named);
  expect(after.traps).toBeGreaterThan(0);
  expect(after.traps).toBeLessThanOrEqual(40 - named.size);
  const warning = run.warnings.find(({ code }) => code === "EDIT_TRAPS_LEFT");
  expect(warning!.message).toContain(`w: ${after.traps} left`);
});

test("of a kernel the entry goes out of its own tap", async () => {
  const values = gaussian(2 * rows * cols, 9);
  values[2 * (11 * cols + 12) + 1] = 2 * tau;
  const { conv } = edited(await removeTraps(fileOf(values, [rows, cols, 1, 2], "conv"), target()));
  expect(conv!.edits).toEqual([{ kind: "entry", row: 11, column: 12, tap: 1 }]);
  expect([conv!.before.traps, conv!.after.traps]).toEqual([1, 0]);
});

test("noise has nothing to remove, and a folder in use is refused before the analysis", async () => {
  const out = target();
  expect(await failure(fileOf(gaussian(rows * cols, 10)), out)).toBe("EDIT_NO_TRAP");
  expect(existsSync(out)).toBe(false);
  const used = temporaryFolder();
  writeFileSync(join(used, "mine.txt"), "mine");
  let analysed = 0;
  const onAnalysed = () => {
    analysed++;
  };
  expect(await failure(fileOf(gaussian(rows * cols, 10)), used, { onAnalysed })).toBe("RW_NOT_EMPTY");
  expect([analysed, readdirSync(used)]).toEqual([0, ["mine.txt"]]);
});
