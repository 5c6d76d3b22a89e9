import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { analyze, openCheckpoint, summarize } from "../../lib/index.ts";
import { huggingFaceConfig, huggingFaceTensors, TINY } from "../helpers/gpt-oss-shapes.ts";
import { apart } from "../helpers/rows.ts";
import { type TensorSpec, temporaryFolder, writeSafetensors } from "../helpers/safetensors-writer.ts";
import { overwrite, rename, rowsOf, tinyCopy, tinyFolder } from "./checkpoints.ts";

const Q = "model.layers.0.self_attn.q_proj.weight";
const DOWN = "model.layers.1.mlp.experts.down_proj";

/** Names and codes of the failed rows; all others must be those of the undamaged checkpoint. */
async function failures(folder: string): Promise<(string | undefined)[][]> {
  const sound = new Map((await rowsOf(tinyFolder("hf"))).map((row) => [row.name, row]));
  const rows = await rowsOf(folder);
  for (const row of rows) if (row.error === null) expect(apart(row)).toEqual(apart(sound.get(row.name)!));
  expect(summarize(rows).failed).toBe(rows.filter(({ error }) => error !== null).length);
  return rows.flatMap(({ name, error }) => (error === null ? [] : [[name, error.code]]));
}

/** Another file of the same bytes and the same time takes the place of this one. */
function replace(path: string): void {
  const { atime, mtime } = statSync(path);
  copyFileSync(path, `${path}.new`);
  utimesSync(`${path}.new`, atime, mtime);
  renameSync(`${path}.new`, path);
}

test.each([
  ["NaN", [0xc0, 0x7f]],
  ["infinity", [0x80, 0xff]],
])("a %s in one matrix is that matrix's error row", async (_, bytes) => {
  const folder = tinyCopy();
  await overwrite(folder, Q, 2 * 130, bytes);
  expect(await failures(folder)).toEqual([["layers.0.q_proj", "NON_FINITE"]]);
});

test("of a NaN and an infinity in one matrix both are counted and the first is placed", async () => {
  const folder = tinyCopy();
  const { tensors } = await openCheckpoint(folder);
  const [, cols] = tensors.find(({ name }) => name === Q)!.shape;
  await overwrite(folder, Q, 2 * (3 * cols! + 7), [0x80, 0xff]);
  await overwrite(folder, Q, 2 * (2 * cols! + 5), [0xc0, 0x7f]);
  const [row] = await rowsOf(folder, { layers: ["layers.0.q_proj"] });
  expect(row!.error).toMatchObject({
    code: "NON_FINITE",
    message: expect.stringContaining("1 NaN and 1 infinite entries, the first at row 2, column 5"),
  });
});

test("a scale that is NaN is an error row of its expert, and names row and block", async () => {
  const folder = tinyCopy();
  const { tensors } = await openCheckpoint(folder);
  const [, , blocks] = tensors.find(({ name }) => name === `${DOWN}_scales`)!.shape;
  await overwrite(folder, `${DOWN}_scales`, 64 * blocks! + 5 * blocks!, [0xff]);
  expect(await failures(folder)).toEqual([["layers.1.experts.1.down", "MX_SCALE_NAN"]]);
  const rows = await rowsOf(folder, { layers: ["*.experts.1.down"] });
  expect(rows.at(-1)!.error!.message).toMatch(/row 5.*block 0/);
});

test("a scale too large for float32 is an overflow of its expert", async () => {
  const folder = tinyCopy();
  await overwrite(folder, `${DOWN}_scales`, 3, [253]);
  await overwrite(folder, `${DOWN}_blocks`, 3 * 16, [0x77]);
  expect(await failures(folder)).toEqual([["layers.1.experts.0.down", "MX_OVERFLOW"]]);
});

test("a bad block that gate and up do not share fails one of them", async () => {
  const folder = tinyCopy();
  // Stored row 1 is up's row 0: gate and up are interleaved.
  await overwrite(folder, "model.layers.0.mlp.experts.gate_up_proj_scales", 2, [0xff]);
  expect(await failures(folder)).toEqual([["layers.0.experts.0.up", "MX_SCALE_NAN"]]);
  const fused = await rowsOf(folder, { fused: true, layers: ["layers.0.experts.0.*"] });
  expect(fused.map(({ role, error }) => [role, error?.code ?? null])).toEqual([
    ["gate", null],
    ["up", "MX_SCALE_NAN"],
    ["gate_up", "MX_SCALE_NAN"],
    ["down", null],
  ]);
});

test("missing scales are one error row, at the place of the tensor", async () => {
  const folder = tinyCopy();
  rename(folder, `${DOWN}_scales`, `${DOWN}_scalez`);
  const failed = await failures(folder);
  expect(failed).toEqual([[expect.stringContaining("down"), "MX_SCALES_MISSING"]]);
  const names = (await rowsOf(folder)).map(({ name }) => name);
  expect(names).toHaveLength(24 - 2 + 1);
});

const GATE_UP = "model.layers.1.mlp.experts.gate_up_proj";

/** The small checkpoint, of zeros, in which tensors have another dtype or shape. */
function changed(changes: Record<string, Partial<TensorSpec>>): TensorSpec[] {
  return huggingFaceTensors(TINY).map((tensor) => ({ ...tensor, ...changes[tensor.name] }));
}

test.each<[string, TensorSpec[]]>([
  ["MX_BLOCKS_MISSING", changed({}).filter(({ name }) => name !== `${GATE_UP}_blocks`)],
  ["MX_SHAPE", changed({ [`${GATE_UP}_scales`]: { shape: [3, 192, 1] } })],
  ["MX_BLOCK_WIDTH", changed({ [`${GATE_UP}_blocks`]: { shape: [3, 192, 4, 8] } })],
  ["MX_DTYPE", changed({ [`${GATE_UP}_scales`]: { dtype: "I8" } })],
  [
    "MX_ODD_ROWS",
    changed({ [`${GATE_UP}_blocks`]: { shape: [3, 5, 2, 16] }, [`${GATE_UP}_scales`]: { shape: [3, 5, 2] } }),
  ],
])("companions with %s are one error row, all others are analysed", async (code, tensors) => {
  const folder = temporaryFolder();
  writeSafetensors(join(folder, "model.safetensors"), tensors);
  const rows = await rowsOf(folder);
  const failed = rows.filter(({ error }) => error !== null);
  expect(failed.map(({ name, error }) => [name, error!.code])).toEqual([["layers.1.experts.gate_up", code]]);
  expect(rows).toHaveLength(2 * (5 + 3 * 3) + 2 - 3 * 2 + 1);
});

test("experts that are not those of config.json are error rows", async () => {
  const folder = temporaryFolder();
  writeSafetensors(join(folder, "model.safetensors"), changed({}));
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({ ...huggingFaceConfig(TINY), num_local_experts: 8 }),
  );
  const failed = (await rowsOf(folder)).filter(({ error }) => error !== null);
  expect(failed.map(({ error }) => error!.code)).toEqual(Array(4).fill("MX_CONFIG_MISMATCH"));
});

test("a shard cut short ends the analysis before the first row", async () => {
  const folder = tinyCopy();
  const shard = readdirSync(folder).find((name) => name.endsWith(".safetensors"))!;
  truncateSync(join(folder, shard), 2000);
  await expect(rowsOf(folder)).rejects.toMatchObject({
    name: "SpectrapError",
    code: expect.stringMatching(/^ST_/),
    file: expect.stringContaining(shard),
  });
});

test("a place where nothing is", async () => {
  await expect(rowsOf("/nowhere/at/all")).rejects.toMatchObject({ code: expect.stringMatching(/^CK_/) });
});

test.each<[string, (path: string) => void]>([
  ["is touched", (path) => utimesSync(path, 0, 0)],
  ["grows", (path) => appendFileSync(path, "more")],
  ["shrinks", (path) => truncateSync(path, 5000)],
  ["is replaced by one of the same bytes", replace],
])("a file that %s after its header was read ends the analysis", async (_, change) => {
  const folder = tinyCopy();
  const analysis = analyze(folder);
  const { checkpoint } = await analysis.plan();
  for (const { path } of checkpoint.files) change(path);
  await expect(analysis[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "CK_FILE_CHANGED" });
});

test("a matrix that does not fit the budget is an error row, the smaller ones proceed", async () => {
  const rows = await rowsOf(tinyFolder("hf"), { memoryBytes: 300_000 });
  const failed = rows.filter(({ error }) => error !== null);
  expect(new Set(failed.map(({ error }) => error!.code))).toEqual(new Set(["MEMORY_BUDGET"]));
  expect(failed.map(({ name }) => name)).toContain("layers.0.q_proj");
  expect(failed.map(({ name }) => name)).not.toContain("layers.0.router");
});
