import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Row } from "../../lib/analysis/row.ts";
import { synthesize, type Truth } from "../../lib/checkpoint/synth/synthesize.ts";
import { analyze, eigenvalues, openCheckpoint, toRecord, weightMatrices } from "../../lib/index.ts";
import { decodeMatrix } from "../helpers/matrix-decode.ts";
import { apart } from "../helpers/rows.ts";
import { rowsOf, tinyFolder } from "./checkpoints.ts";

const folder = mkdtempSync(join(tmpdir(), "spectrap-end-to-end-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let truth: Truth;
let rows: Row[];
beforeAll(async () => {
  const size = { layers: 2, experts: 4, hidden: 128, intermediate: 96, vocab: 256, seed: 3 };
  truth = await synthesize(folder, size);
  rows = await rowsOf(folder);
});

const byName = (all: Row[], name: string) => all.find((row) => row.name === name)!;

test("there is a row for every matrix that was written, in the order of the plan", () => {
  expect(rows.map(({ name }) => name)).toEqual(truth.matrices.map(({ name }) => name));
  expect(rows.filter(({ error }) => error !== null)).toEqual([]);
});

test("exactly the planted traps are found, and announced by the margin", () => {
  for (const { name, expectedTraps, tau, outliers } of truth.matrices) {
    const { randNumSpikes, trapMargin, M } = byName(rows, name);
    if (M! < 10) continue;
    expect([name, randNumSpikes]).toEqual([name, expectedTraps]);
    expect([name, trapMargin! > 1]).toEqual([name, expectedTraps > 0]);
    const largest = Math.max(...outliers.map(({ value }) => Math.abs(value)));
    // The truth measures from zero, the margin from the mean of the entries.
    if (outliers.length > 0) expect(trapMargin).toBeCloseTo(largest / tau, 1);
  }
});

test("the spectrum is that of the matrix: its sum is the sum of squares", () => {
  for (const { name, sumSq } of truth.matrices) {
    expect(byName(rows, name).norm! / sumSq).toBeCloseTo(1, 11);
  }
});

test("both layouts give the same rows, bit for bit, but for the names of the stored tensors", async () => {
  const bits = async (layout: "hf" | "original") =>
    (await rowsOf(tinyFolder(layout), { fused: true })).map((row) =>
      JSON.stringify({ ...toRecord(row), tensor: "" }),
    );
  expect(await bits("original")).toEqual(await bits("hf"));
});

test.each([{ threads: 1 }, { threads: 2 }, { threads: 2, memoryBytes: 2 ** 21 }])(
  "the bits do not depend on %o",
  async (options) => {
    expect(await rowsOf(folder, options)).toEqual(rows);
  },
);

test("but for the level of the test of traps, a row does not depend on what else is analysed", async () => {
  const layers = ["layers.1.experts.2.*", "lm_head"];
  const some = await rowsOf(folder, { layers });
  expect(some.map(({ name }) => name)).toEqual([
    "layers.1.experts.2.gate",
    "layers.1.experts.2.up",
    "layers.1.experts.2.down",
    "lm_head",
  ]);
  for (const row of some) {
    expect(apart(row)).toEqual(apart(byName(rows, row.name)));
    expect(row.trapLevel).toBe(0.01 / some.length);
  }
});

test("another seed shuffles differently and leaves the original's columns alone", async () => {
  const layers = ["layers.0.q_proj"];
  const [row] = await rowsOf(folder, { layers, seed: 1 });
  const { maxRandEval, randNumSpikes, alpha, norm, entropy } = byName(rows, "layers.0.q_proj");
  expect(row).toMatchObject({ seed: 1, alpha, norm, entropy, randNumSpikes });
  expect(row!.maxRandEval).not.toBe(maxRandEval);
});

test("single precision promises less and agrees with double within its promise", async () => {
  let clear = 0;
  for (const row of await rowsOf(folder, { precision: "single", layers: ["layers.0.*"] })) {
    const double = byName(rows, row.name);
    // Where the promise of single cannot be kept, double is used.
    const promise = row.precision === "single" ? 1e-5 : 1e-12;
    expect(row).toMatchObject({ precisionAsked: "single", solver: "native", promise });
    expect(Math.abs(row.lambdaMax! / double.lambdaMax! - 1)).toBeLessThan(1e-5);
    if (double.alpha !== null && row.fitAmbiguous === false) {
      clear++;
      expect(row.numPlSpikes).toBe(double.numPlSpikes);
      expect(Math.abs(row.alpha! - double.alpha)).toBeLessThan(1e-3);
    }
    expect(row.randNumSpikes).toBe(double.randNumSpikes);
  }
  expect(clear).toBeGreaterThan(5);
});

test("the reference agrees with double", async () => {
  for (const row of await rowsOf(folder, { precision: "reference", layers: ["layers.0.*"] })) {
    const double = byName(rows, row.name);
    expect(row).toMatchObject({ precision: "reference", precisionAsked: "reference", solver: "lapack" });
    expect(row.promise).toBe(1e-12);
    expect(Math.abs(row.lambdaMax! / double.lambdaMax! - 1)).toBeLessThan(double.promise!);
  }
});

test("wwCompat pools shuffles as WeightWatcher does, and the row says so", async () => {
  const layers = ["layers.0.q_proj", "layers.0.experts.2.gate"];
  const [large, small] = await rowsOf(folder, { wwCompat: true, layers });
  expect(large).toMatchObject({ numEvals: 128, randScheme: "weightwatcher", randNumSpikes: 0 });
  // 96 eigenvalues: five shuffles in one spectrum, and each trap counted five times.
  const once = byName(rows, "layers.0.experts.2.gate").randNumSpikes!;
  expect(small).toMatchObject({ numEvals: 96, randScheme: "weightwatcher", randNumSpikes: 5 * once });
  expect(large!.alpha).toBe(byName(rows, "layers.0.q_proj").alpha);
});

test("without a shuffle its columns are null and nothing else changes", async () => {
  const [row] = await rowsOf(folder, { shuffle: "never", layers: ["layers.0.q_proj"] });
  const { alpha, trapMargin, numSpikes } = byName(rows, "layers.0.q_proj");
  expect(row).toMatchObject({ alpha, trapMargin, numSpikes, randNumSpikes: null, maxRandEval: null });
});

describe("fused", () => {
  test("adds a row after gate and up and changes no other", async () => {
    const fused = await rowsOf(folder, { fused: true });
    expect(fused.filter(({ role }) => role !== "gate_up").map(apart)).toEqual(rows.map(apart));
    const place = fused.findIndex(({ name }) => name === "layers.0.experts.0.gate_up");
    expect(fused[place - 1]!.name).toBe("layers.0.experts.0.up");
    expect(fused).toHaveLength(rows.length + 8);
    expect((await rowsOf(folder, { fused: true, layers: ["*.gate_up"] })).map(apart)).toEqual(
      fused.filter(({ role }) => role === "gate_up").map(apart),
    );
  });

  test("its spectrum is that of the stacked matrix", async () => {
    const [row] = await rowsOf(folder, { fused: true, layers: ["layers.0.experts.1.gate_up"] });
    const { matrices } = weightMatrices(await openCheckpoint(folder));
    const half = (role: string) => matrices.find(({ name }) => name === `layers.0.experts.1.${role}`)!;
    const values = new Float32Array(2 * 96 * 128);
    values.set(decodeMatrix(half("gate")));
    values.set(decodeMatrix(half("up")), 96 * 128);
    const stacked = await eigenvalues({ values, rows: 192, cols: 128 }, { precision: "reference" });
    expect(row).toMatchObject({ N: 192, M: 128, numEvals: 128 });
    expect(row!.lambdaMax! / stacked.at(-1)!).toBeCloseTo(1, 12);
    expect(row!.svMin! ** 2 / stacked[0]!).toBeCloseTo(1, 8);
    expect(row!.norm! / stacked.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });
});

test("the event loop runs while matrices are decomposed", async () => {
  let turns = 0;
  let running = true;
  const turn = () => {
    turns++;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await rowsOf(folder, { shuffleReplicas: 20, layers: ["lm_head"] });
  running = false;
  // A call that blocked until the spectra are there would leave a handful of turns.
  expect(turns).toBeGreaterThan(100);
});

test("aborting ends the iteration, and the process can start another analysis", async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const run = (async () => {
    for await (const row of analyze(folder, { signal: stop.signal, threads: 1 })) {
      seen.push(row.name);
      stop.abort();
    }
  })();
  await expect(run).rejects.toMatchObject({ code: "ERR_CANCELLED", name: "AbortError" });
  expect(seen).toEqual(["layers.0.q_proj"]);
  expect((await rowsOf(folder, { layers: ["lm_head"] })).map(apart)).toEqual([
    apart(byName(rows, "lm_head")),
  ]);
});

test("the record of a run says what computed it", async () => {
  const analysis = analyze(folder, { layers: ["lm_head"], threads: 2, seed: 5 });
  expect(analysis.record().solver).toBeNull();
  for await (const _ of analysis);
  expect(analysis.record()).toMatchObject({
    schema: "spectrap-run/1",
    location: folder,
    options: { seed: 5, threads: 2 },
    machine: { node: process.version },
    solver: { name: "native", kernel: expect.stringMatching(/./), blas: null, threads: 2 },
  });
  const lapack = analyze(folder, { layers: ["lm_head"], solver: "lapack" });
  for await (const _ of lapack);
  expect(lapack.record().solver).toMatchObject({
    name: "lapack",
    blas: { library: expect.stringMatching(/./), threading: expect.any(String) },
  });
});
