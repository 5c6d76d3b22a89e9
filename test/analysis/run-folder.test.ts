import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Row } from "../../lib/analysis/row.ts";
import {
  type AnalyzeOptions,
  analyze,
  openCheckpoint,
  RunFolder,
  type RunFolderOptions,
  recordRun,
  toRecord,
  unpackSketches,
  weightMatrices,
} from "../../lib/index.ts";
import { rowJson } from "../../lib/report/json-lines.ts";
import { holm } from "../../lib/spectrum/index.ts";
import { decodeMatrix } from "../helpers/matrix-decode.ts";
import { withoutAdjustments } from "../helpers/rows.ts";
import { finalFiles, journaledOrders, journalRecords } from "../helpers/run-folder.ts";
import { overwrite, rename, rowsOf, tinyCopy, tinyFolder } from "./checkpoints.ts";

const base = mkdtempSync(join(tmpdir(), "spectrap-run-folder-"));
afterAll(() => rmSync(base, { recursive: true }));
let count = 0;
const fresh = () => join(base, String(count++));

interface Session extends RunFolderOptions, AnalyzeOptions {
  /** Leave after this many rows. */
  stopAfter?: number;
}

async function run(
  path: string,
  { resume, saveSpectra, stopAfter, ...options }: Session = {},
  location = tinyFolder("hf"),
): Promise<{ rows: Row[]; folder: RunFolder }> {
  const folder = new RunFolder(path, { resume: resume ?? false, saveSpectra: saveSpectra ?? false });
  const rows: Row[] = [];
  for await (const row of recordRun(analyze(location, options), folder)) {
    rows.push(row);
    if (rows.length === stopAfter) break;
  }
  return { rows, folder };
}

const refusal = (path: string, session: Session, location?: string) =>
  expect(run(path, session, location)).rejects;

let whole: string;
beforeAll(async () => {
  whole = fresh();
  await run(whole, { saveSpectra: true, seed: 5 });
});

describe("a run that was not interrupted", () => {
  test("has its files, and the rows of an analysis without a folder", async () => {
    expect(readdirSync(whole).sort()).toEqual([
      "journal.jsonl",
      "manifest.json",
      "rows.csv",
      "rows.jsonl",
      "sketches.jsonl.gz",
      "spectra.safetensors",
      "summary.json",
    ]);
    const rows = await rowsOf(tinyFolder("hf"), { seed: 5 });
    const lines = readFileSync(join(whole, "rows.jsonl"), "utf8");
    expect(withoutAdjustments(lines)).toBe(rows.map(rowJson).join(""));
    const records = lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records.map(({ trap_p_holm }) => trap_p_holm)).toEqual(holm(rows.map(({ trapP }) => trapP!)));
    expect(records.every(({ trap_q, trap_p_holm }) => trap_q <= trap_p_holm)).toBe(true);
  });

  test("the manifest names versions, options, inputs, machine and library", async () => {
    const manifest = JSON.parse(readFileSync(join(whole, "manifest.json"), "utf8"));
    const { files } = await openCheckpoint(tinyFolder("hf"));
    expect(manifest).toMatchObject({
      schema: "spectrap-manifest/1",
      columns: "spectrap-row/1",
      options: { seed: 5, precision: "double", solver: "native" },
      saveSpectra: true,
      plan: { rows: 24 },
      machine: { node: process.version },
      kernel: expect.stringMatching(/./),
      blas: null,
    });
    expect(manifest.inputs).toEqual(
      files.map(({ size, mtimeNs, headerSha256 }) => ({
        name: expect.stringMatching(/\.safetensors$/),
        bytes: size,
        modified: String(mtimeNs),
        headerSha256,
      })),
    );
  });

  test("the journal holds each matrix once, with its times and memory", () => {
    expect([...journaledOrders(whole)].sort((a, b) => Number(a) - Number(b))).toEqual([...Array(24).keys()]);
    for (const record of journalRecords(whole).filter(({ kind }) => kind === "matrix")) {
      expect(record).toMatchObject({
        seconds: { gram: expect.any(Number) },
        residentBytes: expect.any(Number),
      });
    }
  });

  test("there is a sketch of every matrix, of the right spectrum", () => {
    const sketches = unpackSketches(readFileSync(join(whole, "sketches.jsonl.gz")));
    const rows = readFileSync(join(whole, "rows.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(sketches.map(({ name, N, M }) => ({ name, N, M }))).toEqual(
      rows.map(({ name, N, M }) => ({ name, N, M })),
    );
    for (const [i, { M, eigenvalues, shuffled }] of sketches.entries()) {
      expect(eigenvalues.counts.reduce((sum, n) => sum + n, eigenvalues.below)).toBe(M);
      expect(shuffled!.top[0]! / rows[i].max_rand_eval).toBeCloseTo(1, 6);
      expect(eigenvalues.top[0]! / rows[i].lambda_max).toBeCloseTo(1, 6);
    }
  });

  test("the spectra are a safetensors file, and those of the matrices", async () => {
    const file = join(whole, "spectra.safetensors");
    const spectra = await openCheckpoint(file);
    const { matrices } = weightMatrices(await openCheckpoint(tinyFolder("hf")));
    expect(spectra.tensors).toHaveLength(2 * matrices.length);
    const bytes = readFileSync(file);
    for (const matrix of matrices) {
      const M = Math.min(matrix.rows, matrix.cols);
      const own = spectra.tensors.find(({ name }) => name === `${matrix.name}.eigenvalues`)!;
      const shuffled = spectra.tensors.find(({ name }) => name === `${matrix.name}.shuffled`)!;
      expect([own.shape, shuffled.shape]).toEqual([
        [1, M],
        [1, 1, M],
      ]);
      const squares = decodeMatrix(matrix).reduce((sum, value) => sum + value ** 2, 0);
      for (const { begin, end } of [own.bytes, shuffled.bytes]) {
        let sum = 0;
        for (let at = begin; at < end; at += 8) sum += bytes.readDoubleLE(at);
        expect(sum / squares).toBeCloseTo(1, 10);
      }
    }
  });
});

describe("resume", () => {
  test.each([0, 1, 7, 23])("after leaving at row %i the files are the same bytes", async (stopAfter) => {
    const path = fresh();
    if (stopAfter > 0) await run(path, { saveSpectra: true, seed: 5, stopAfter, threads: 1 });
    expect(existsSync(join(path, "summary.json"))).toBe(false);
    const { rows, folder } = await run(path, { saveSpectra: true, seed: 5, resume: true, threads: 2 });
    expect(folder.restoredRows).toBeGreaterThanOrEqual(stopAfter);
    expect(rows).toHaveLength(24);
    expect(finalFiles(path)).toEqual(finalFiles(whole));
    expect(new Set(journaledOrders(path)).size).toBe(journaledOrders(path).length);
  });

  test("of a finished run gives its rows and touches nothing", async () => {
    const path = fresh();
    cpSync(whole, path, { recursive: true });
    const journal = readFileSync(join(path, "journal.jsonl"));
    const { rows } = await run(path, { saveSpectra: true, seed: 5, resume: true });
    expect(rows.map(toRecord)).toEqual((await rowsOf(tinyFolder("hf"), { seed: 5 })).map(toRecord));
    expect(readFileSync(join(path, "journal.jsonl"))).toEqual(journal);
    expect(readdirSync(path)).toEqual(readdirSync(whole));
  });

  test("from a journal cut anywhere: nothing lost, nothing twice", async () => {
    const partial = fresh();
    await run(partial, { saveSpectra: true, seed: 5, stopAfter: 12 });
    const journal = readFileSync(join(partial, "journal.jsonl"));
    const spectra = readFileSync(join(partial, "spectra.part"));
    // Record ends, their neighbours, and places in the middle of a write.
    const lineEnds = [...journal.entries()].filter(([, byte]) => byte === 0x0a).map(([at]) => at + 1);
    const cuts = [0, 1, 60, ...lineEnds.slice(0, 8).flatMap((end) => [end - 1, end, end + 500])];
    for (const cut of cuts) {
      const path = fresh();
      cpSync(partial, path, { recursive: true });
      writeFileSync(join(path, "journal.jsonl"), journal.subarray(0, cut));
      await run(path, { saveSpectra: true, seed: 5, resume: true });
      expect(finalFiles(path)).toEqual(finalFiles(whole));
      expect([...journaledOrders(path)].sort((a, b) => Number(a) - Number(b))).toEqual([...Array(24).keys()]);
      rmSync(path, { recursive: true });
    }
    // The spectra of a record that were lost with a page of the disk.
    const path = fresh();
    cpSync(partial, path, { recursive: true });
    writeFileSync(
      join(path, "spectra.part"),
      spectra.map((byte, at) => (at === 1003 ? byte ^ 1 : byte)),
    );
    const { folder } = await run(path, { saveSpectra: true, seed: 5, resume: true });
    expect(folder.damagedRecords).toBe(1);
    expect(finalFiles(path)).toEqual(finalFiles(whole));
  });

  test("a matrix that lacked memory is tried again; one with a bad exponent is not", async () => {
    const checkpoint = tinyCopy();
    await overwrite(checkpoint, "model.layers.0.mlp.experts.down_proj_scales", 0, [0xff]);
    const path = fresh();
    const poor = await run(path, { memoryBytes: 1, saveSpectra: true }, checkpoint);
    expect(new Set(poor.rows.map(({ error }) => error?.code))).toEqual(new Set(["MEMORY_BUDGET"]));
    await run(path, { resume: true, saveSpectra: true }, checkpoint);
    const once = fresh();
    const { rows } = await run(once, { saveSpectra: true }, checkpoint);
    expect(rows.filter(({ error }) => error !== null).map(({ error }) => error!.code)).toEqual([
      "MX_SCALE_NAN",
    ]);
    expect(finalFiles(path)).toEqual(finalFiles(once));
    const { folder } = await run(path, { resume: true, saveSpectra: true }, checkpoint);
    expect(folder.restoredRows).toBe(24);
  });

  test("threads, memory and the place of the checkpoint may differ", async () => {
    const path = fresh();
    await run(path, { saveSpectra: true, seed: 5, stopAfter: 3, threads: 1 });
    const moved = fresh();
    execFileSync("cp", ["-a", tinyFolder("hf"), moved]); // times to the nanosecond, which cpSync rounds
    await run(path, { saveSpectra: true, seed: 5, resume: true, threads: 2, memoryBytes: 2 ** 30 }, moved);
    expect(finalFiles(path)).toEqual(finalFiles(whole));
  });
});

describe("refused", () => {
  test("an existing run without resume, finished or not", async () => {
    await refusal(whole, { saveSpectra: true, seed: 5 }).toMatchObject({ code: "RUN_EXISTS", file: whole });
    const path = fresh();
    await run(path, { stopAfter: 1 });
    const before = readdirSync(path);
    await refusal(path, {}).toMatchObject({ code: "RUN_EXISTS" });
    expect(readdirSync(path)).toEqual(before);
  });

  test.each<[string, Session, RegExp]>([
    ["seed", { seed: 6, saveSpectra: true }, /option seed \(was 5, is 6\)/],
    ["precision", { seed: 5, precision: "reference", saveSpectra: true }, /option precision \(was double/],
    [
      "layers",
      { seed: 5, layers: ["*.q_proj"], saveSpectra: true },
      /option layers .*number of matrices \(was 24/,
    ],
    ["replicas", { seed: 5, shuffleReplicas: 2, saveSpectra: true }, /option shuffleReplicas/],
    ["inverse", { seed: 5, inverse: true, saveSpectra: true }, /option inverse/],
    ["vectors", { seed: 5, vectors: true, saveSpectra: true }, /option vectors \(was false, is true\)/],
    ["spectra", { seed: 5 }, /option saveSpectra \(was true, is false\)/],
  ])("another %s", async (_, session, message) => {
    await refusal(whole, { ...session, resume: true }).toMatchObject({
      code: "RUN_DIFFERS",
      message: expect.stringMatching(message),
    });
  });

  test("inputs that are not the same any more", async () => {
    const checkpoint = tinyCopy();
    const path = fresh();
    await run(path, { stopAfter: 2 }, checkpoint);
    const shard = join(checkpoint, "model-00001-of-00002.safetensors");
    utimesSync(shard, 1, 1);
    await refusal(path, { resume: true }, checkpoint).toMatchObject({
      code: "RUN_DIFFERS",
      message: expect.stringContaining("time of last change of model-00001-of-00002.safetensors"),
    });
    const name = "model.layers.1.input_layernorm.weight";
    rename(checkpoint, name, name.replace("norm", "norn"));
    await refusal(path, { resume: true }, checkpoint).toMatchObject({
      code: "RUN_DIFFERS",
      message: expect.stringMatching(/header of model-0000\d-of-00002\.safetensors/),
    });
  });

  test.each<[string, object, RegExp, Session?]>([
    ["spectrap", { spectrap: "0.0.1" }, /spectrap \(was 0\.0\.1/],
    ["columns", { columns: "spectrap-row/0" }, /columns \(was spectrap-row\/0/],
    ["Node", { node: "v1.2.3" }, /Node \(was v1, is v\d+\)/],
    ["instruction set", { kernel: "abacus" }, /instruction set \(was abacus, is \w+\)/],
    [
      "BLAS",
      { blas: { library: "libother.so", config: "", kernel: "" } },
      /BLAS \(was libother\.so/,
      { solver: "lapack" },
    ],
    [
      "BLAS for eigenvectors",
      { blas: { library: "libother.so", config: "", kernel: "" } },
      /BLAS \(was libother\.so/,
      { vectors: true },
    ],
    ["instruction set beside it", { kernel: "abacus" }, /instruction set \(was abacus/, { vectors: true }],
  ])("another %s", async (_, fields, message, session = {}) => {
    const path = fresh();
    await run(path, { ...session, stopAfter: 1 });
    rewriteManifest(path, fields);
    await refusal(path, { ...session, resume: true }).toMatchObject({
      code: "RUN_DIFFERS",
      message: expect.stringMatching(message),
    });
  });

  test("a manifest or a journal that is not the run's own", async () => {
    const path = fresh();
    await run(path, { stopAfter: 1 });
    copyFileSync(join(whole, "manifest.json"), join(path, "manifest.json"));
    await refusal(path, { resume: true }).toMatchObject({ code: "RUN_DAMAGED" });
    writeFileSync(join(path, "journal.jsonl"), "x".repeat(1000));
    await refusal(path, { resume: true }).toMatchObject({ code: "RUN_DAMAGED" });
    expect(readFileSync(join(path, "journal.jsonl"), "utf8")).toBe("x".repeat(1000));
  });

  test("a folder that holds anything else, left as it was", async () => {
    const path = fresh();
    mkdirSync(path);
    writeFileSync(join(path, "notes.txt"), "mine");
    for (const resume of [false, true])
      await refusal(path, { resume }).toMatchObject({ code: "OUT_NOT_EMPTY", file: path });
    expect(readdirSync(path)).toEqual(["notes.txt"]);
  });

  test("a journal that is not ours, however short, beside other files or alone", async () => {
    const path = fresh();
    mkdirSync(path);
    const journal = join(path, "journal.jsonl");
    writeFileSync(journal, "dear diary\n");
    await refusal(path, {}).toMatchObject({ code: "RUN_DAMAGED" });
    await refusal(path, { resume: true }).toMatchObject({ code: "RUN_DAMAGED" });
    expect(readFileSync(journal, "utf8")).toBe("dear diary\n");
    writeFileSync(journal, "");
    writeFileSync(join(path, "notes.txt"), "mine");
    await refusal(path, { resume: true }).toMatchObject({ code: "OUT_NOT_EMPTY" });
    expect(readdirSync(path).sort()).toEqual(["journal.jsonl", "notes.txt"]);
  });

  test("a place that cannot be a folder", async () => {
    const file = fresh();
    writeFileSync(file, "");
    await refusal(file, {}).toMatchObject({ code: "OUT_WRITE", file });
  });

  test("a second session while the first is at work", async () => {
    const path = fresh();
    const first = recordRun(analyze(tinyFolder("hf")), new RunFolder(path));
    await first.next();
    for (const resume of [false, true])
      await refusal(path, { resume }).toMatchObject({ code: "RUN_LOCKED", file: path });
    await first.return();
    await run(path, { resume: true });
    expect(existsSync(join(path, "summary.json"))).toBe(true);
  });
});

/** Another manifest, with the journal's first record to match: as if the run had been begun otherwise. */
function rewriteManifest(path: string, fields: object): void {
  const file = join(path, "manifest.json");
  const text = JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...fields });
  writeFileSync(file, text);
  const lines = readFileSync(join(path, "journal.jsonl"), "utf8").split("\n");
  lines[0] = journalLine({ kind: "run", manifestSha256: sha256(text) });
  writeFileSync(join(path, "journal.jsonl"), lines.join("\n"));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function journalLine(record: object): string {
  const json = JSON.stringify(record);
  return `${crc32(json).toString(16).padStart(8, "0")} ${json}`;
}
