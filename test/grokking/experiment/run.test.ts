import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { analyze } from "../../../lib/analysis/analyze.ts";
import type { Experiment } from "../../../lib/grokking/experiment/experiment.ts";
import { mlpExperiment, modularAdditionExperiment } from "../../../lib/grokking/experiment/presets.ts";
import { runExperiment } from "../../../lib/grokking/experiment/run.ts";
import { readState } from "../../../lib/grokking/experiment/trainer-state.ts";
import { temporaryFolder } from "../../helpers/safetensors-writer.ts";

const mlp = mlpExperiment("quick", {
  hidden: [16, 12],
  digits: { kind: "synthetic", side: 8, testPerClass: 3, difficulty: 0.3 },
  trainPerClass: 3,
  batchSize: 10,
  steps: 300,
  checkpointsPerDecade: 2,
  curvePerDecade: 8,
  shuffles: 2,
});
/** Generalises within these steps, and weight decay ends when it begins to. */
const sums = modularAdditionExperiment("nanda-then-free", {
  ...{
    p: 13,
    trainFraction: 0.85,
    width: 32,
    heads: 2,
    mlp: 24,
    learningRate: 1e-2,
    steps: 200,
    decayUntil: 0.3,
  },
  ...{ checkpointsPerDecade: 2, curvePerDecade: 8, shuffles: 2 },
});

/** Every file of a run but those that tell of its sessions and its time. */
function kept(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true })
      .filter((entry) => entry.isFile() && !["manifest.json", "journal.jsonl"].includes(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "base64")]),
  );
}

/** Trains in sessions, each stopped at the first progress at or beyond its step; returns where they stopped. */
async function interrupted(experiment: Experiment, out: string, at: readonly number[]): Promise<number[]> {
  const steps: number[] = [];
  for (const stop of at) {
    const abort = new AbortController();
    const running = runExperiment(experiment, {
      out,
      resume: true,
      signal: abort.signal,
      onProgress: ({ step }) => step >= stop && abort.abort(),
    });
    await expect(running).rejects.toMatchObject({ code: "ERR_CANCELLED", name: "AbortError" });
    steps.push((await readState(join(out, "state.safetensors"))).step);
  }
  return steps;
}

describe.each([
  ["a perceptron", mlp],
  ["a transformer in float64 whose weight decay ends", { ...sums, precision: "float64" } as const],
])("%s", (_, experiment) => {
  test("trained in pieces leaves the same bytes as trained at a stretch", async () => {
    const [whole, pieces] = [join(temporaryFolder(), "whole"), join(temporaryFolder(), "pieces")];
    const straight = await runExperiment(experiment, { out: whole });
    const stopped = await interrupted(experiment, pieces, [0, 20, 150]);
    expect(stopped[2]).toBeGreaterThan(stopped[1]!);
    expect(stopped[2]).toBeLessThan(experiment.steps);
    const resumed = await runExperiment(experiment, { out: pieces, resume: true });
    expect(resumed).toEqual(straight);
    expect(kept(pieces)).toEqual(kept(whole));
    // A finished run is read, not trained again.
    expect(await runExperiment(experiment, { out: whole, resume: true })).toEqual(straight);
  });
});

test.each([
  ["a perceptron", mlp],
  ["a transformer whose weight decay has ended since", sums],
])("after a lost state and torn records, an older state gives the same bytes: %s", async (_, experiment) => {
  const [whole, torn] = [join(temporaryFolder(), "whole"), join(temporaryFolder(), "torn")];
  await runExperiment(experiment, { out: whole });
  const [older] = await interrupted(experiment, torn, [3]);
  const old = readFileSync(join(torn, "state.safetensors"));
  const [newer] = await interrupted(experiment, torn, [150]);
  if (experiment === sums) {
    const ends = (await decayEnd(whole))!;
    expect([older! < ends, ends < newer!]).toEqual([true, true]);
  }
  writeFileSync(join(torn, "state.safetensors"), old);
  const journal = readFileSync(join(torn, "journal.jsonl"));
  writeFileSync(join(torn, "journal.jsonl"), journal.subarray(0, journal.length - 20));
  await runExperiment(experiment, { out: torn, resume: true });
  expect(kept(torn)).toEqual(kept(whole));
});

/** The step of the first record at which the weight decay of `sums` ends. */
async function decayEnd(out: string): Promise<number | undefined> {
  const { curve } = await runExperiment(sums, { out, resume: true });
  return curve.find(({ testAccuracy }) => testAccuracy >= sums.decayUntil!)?.step;
}

test("weight decay ends where the curve says so, and changes what follows", async () => {
  const [ends, stays] = [join(temporaryFolder(), "ends"), join(temporaryFolder(), "stays")];
  const free = await runExperiment(sums, { out: ends });
  const held = await runExperiment({ ...sums, decayUntil: null }, { out: stays });
  const from = free.curve.find(({ testAccuracy }) => testAccuracy >= sums.decayUntil!)!.step;
  expect(from).toBeLessThan(100);
  const upTo = (curve: typeof free.curve) => curve.filter(({ step }) => step <= from);
  expect(upTo(free.curve)).toEqual(upTo(held.curve));
  expect(free.run.checkpoints.at(-1)!.norm).toBeGreaterThan(held.run.checkpoints.at(-1)!.norm!);
});

test("the folder has what others read: checkpoints to analyse, curve, measures, figures and tables", async () => {
  const out = join(temporaryFolder(), "run");
  const { curve, run } = await runExperiment(mlp, { out });
  const rows = [];
  for await (const row of analyze(join(out, "checkpoints", "step-000000300.safetensors"))) rows.push(row);
  expect(rows.map(({ name, N, M }) => [name, N, M])).toEqual([
    ["fc1.weight", 64, 16],
    ["fc2.weight", 16, 12],
    ["fc3.weight", 12, 10],
  ]);
  const last = run.checkpoints.at(-1)!;
  expect(last.layers.map(({ layer }) => layer)).toEqual(["FC1", "FC2", "FC3"]);
  const lines = (name: string) =>
    readFileSync(join(out, name), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  expect(lines("curve.jsonl")).toEqual(curve);
  expect(lines("measures.jsonl").map(({ step }) => step)).toEqual([0, 1, 3, 10, 32, 100, 300]);
  // Both ways to the test accuracy agree: the trainer's own, and the measures'.
  expect(last.testAccuracy).toBe(curve.at(-1)!.testAccuracy);
  expect(last.testLoss).toBeCloseTo(curve.at(-1)!.testLoss, 5);
  expect(readFileSync(join(out, "figures/training.svg"), "utf8")).toContain("synthetic digits 8 × 8");
  expect(readFileSync(join(out, "tables/comparison.md"), "utf8")).not.toContain("paper");
});

test("the folder of a transformer tells what it has learnt of the rule", async () => {
  const out = join(temporaryFolder(), "run");
  const { run } = await runExperiment(sums, { out });
  const table = (name: string) =>
    readFileSync(join(out, `tables/${name}.csv`), "utf8")
      .trimEnd()
      .split(/\r?\n/);
  const [, ...rules] = table("rule").map((line) => line.split(","));
  expect(rules.map(([phase]) => phase)).toEqual(run.phases.map(({ phase }) => phase));
  // Of answers by chance the rule would have about 1/13² of the variance.
  const share = Number(rules.at(-1)![2]);
  expect(share).toBeGreaterThan(0.1);
  expect(share).toBeLessThanOrEqual(1);
  // A row for each of eight matrices and each phase, and none of images.
  const [header, ...anatomies] = table("anatomy");
  expect(anatomies.length).toBe(8 * run.phases.length);
  expect(header).not.toContain("image");
  expect(table("forgetting")[1]).toMatch(/^all,\d+,\d+,/);
  expect(readdirSync(join(out, "figures")).filter((name) => name.startsWith("fourier"))).toHaveLength(
    run.phases.length,
  );
});

describe("a run is refused", () => {
  test("in a folder of another, of other options, or of something else", async () => {
    const out = join(temporaryFolder(), "run");
    await interrupted(mlp, out, [10]);
    await expect(runExperiment(mlp, { out })).rejects.toMatchObject({ code: "RUN_EXISTS" });
    const other = runExperiment({ ...mlp, learningRate: 1e-3 }, { out, resume: true });
    await expect(other).rejects.toMatchObject({
      code: "RUN_DIFFERS",
      message: expect.stringContaining("option learningRate (was 0.002, is 0.001)"),
    });
    const foreign = temporaryFolder();
    mkdirSync(join(foreign, "photos"));
    await expect(runExperiment(mlp, { out: foreign })).rejects.toMatchObject({ code: "OUT_NOT_EMPTY" });
    rmSync(join(out, "manifest.json"));
    await expect(runExperiment(mlp, { out, resume: true })).rejects.toMatchObject({ code: "RUN_DAMAGED" });
  });

  test.each([
    [{ steps: 0 }, "steps"],
    [{ batchSize: 7 }, "batchSize"],
    [{ trainPerClass: 0 }, "per class"],
    [{ decayUntil: 2 }, "decayUntil"],
  ])("with %o", async (change, named) => {
    const out = join(temporaryFolder(), "run");
    await expect(runExperiment({ ...mlp, ...change }, { out })).rejects.toMatchObject({
      code: "US_OPTION",
      message: expect.stringContaining(named),
    });
    expect(existsSync(out)).toBe(false);
  });

  test("once it has diverged", async () => {
    const out = join(temporaryFolder(), "run");
    const running = runExperiment({ ...mlp, learningRate: 1e30 }, { out });
    await expect(running).rejects.toMatchObject({ code: "TRAINING_DIVERGED" });
  });
});
