import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveOptions } from "../../lib/analysis/options.ts";
import type { Progress } from "../../lib/analysis/progress.ts";
import type { Row } from "../../lib/analysis/row.ts";
import { runPlan } from "../../lib/analysis/run.ts";
import { synthesize, type Truth } from "../../lib/checkpoint/synth/synthesize.ts";
import type { AnalyzeOptions } from "../../lib/index.ts";
import type { MatrixSpectra, Problem } from "../../lib/solver/solver.ts";
import { edgeThreshold, predictTraps, spikeMargin } from "../../lib/spectrum/index.ts";
import { adapterFolder, CONFIG, f32, factorNames } from "../helpers/adapter.ts";
import { gaussian } from "../helpers/memory-matrix.ts";
import { momentsOf } from "../helpers/moments.ts";
import { writeSafetensors } from "../helpers/safetensors-writer.ts";
import { rowsOf } from "./checkpoints.ts";
import { FakeSolver, fakeMatrix, fakeMoments } from "./fakes.ts";

const folder = mkdtempSync(join(tmpdir(), "spectrap-auto-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let truth: Truth;
let always: Row[];
let auto: Row[];
beforeAll(async () => {
  const size = { layers: 2, experts: 4, hidden: 128, intermediate: 96, vocab: 256, seed: 3 };
  truth = await synthesize(folder, size);
  always = await rowsOf(folder, { fused: true });
  auto = await rowsOf(folder, { fused: true, shuffle: "auto" });
});

/** Columns that no shuffle changes. */
const FROM_ENTRIES = [
  "meanTrap",
  "meanTrapP",
  "trapThreshold",
  "trapLevel",
  "trapReference",
  "bulkSigma",
  "bulkKurtosis",
  "entriesRemoved",
] as const;

const of = (rows: Row[], evidence: Row["trapEvidence"]) =>
  rows.filter(({ trapEvidence }) => trapEvidence === evidence);
const counterpart = ({ name }: Row) => always.find((row) => row.name === name)!;

/** Bits of a row but where its traps come from. */
const bits = (row: Row) => JSON.stringify({ ...row, trapEvidence: null });

test("the traps are those of always, and every planted one is confirmed", () => {
  expect(auto.map(({ name, traps, meanTrap }) => [name, traps, meanTrap])).toEqual(
    always.map(({ name, traps, meanTrap }) => [name, traps, meanTrap]),
  );
  expect(of(always, "decomposed")).toHaveLength(always.length);
  expect(of(auto, "predicted").length).toBeGreaterThan(always.length / 4);
  const planted = truth.matrices.filter(({ expectedTraps }) => expectedTraps > 0);
  expect(planted.length).toBeGreaterThan(5);
  for (const { name } of planted) {
    expect([name, auto.find((row) => row.name === name)!.trapEvidence]).toEqual([name, "confirmed"]);
  }
});

test("a confirmed row is that of always, bit for bit", () => {
  const confirmed = of(auto, "confirmed");
  expect(confirmed.map(({ role }) => role)).toEqual(expect.arrayContaining(["gate", "gate_up", "down"]));
  for (const row of confirmed) expect(bits(row)).toBe(bits(counterpart(row)));
});

test("a predicted row has what the entries and its own spectrum say, and nothing of a shuffle", () => {
  for (const row of of(auto, "predicted")) {
    const full = counterpart(row);
    const { trapOrigins, traps, meanTrap } = row;
    expect({ traps, meanTrap, trapOrigins }).toEqual({ traps: 0, meanTrap: false, trapOrigins: null });
    for (const key of FROM_ENTRIES) expect([key, row[key]]).toEqual([key, full[key]]);
    for (const [key, value] of Object.entries(full)) {
      const shuffled = /^rand|^wwSoftrank|^wwMaxdist|^maxRandEval|^trap(s$|P$|s?By|sMean|sStab|Cent|Orig)/;
      const filled = ["traps", ...FROM_ENTRIES].includes(key);
      if (!shuffled.test(key) || filled || value === null) continue;
      const column = key as keyof Row;
      expect([key, row[column], row.reasons[column]]).toEqual([key, null, "predicted"]);
    }
    const { alpha, numSpikes, trapMargin, meanMargin, softRank } = full;
    expect(row).toMatchObject({ alpha, numSpikes, trapMargin, meanMargin, softRank });
    expect(Object.values(row.reasons)).not.toContain("not_shuffled");
  }
});

test.each<AnalyzeOptions>([{ precision: "single" }, { solver: "lapack" }, { shuffleReplicas: 3 }])(
  "also with %j",
  async (options) => {
    const asked = { ...options, layers: ["layers.0.experts.*", "layers.0.q_proj"] };
    const full = await rowsOf(folder, asked);
    const some = await rowsOf(folder, { ...asked, shuffle: "auto" });
    expect(of(some, "confirmed").length).toBeGreaterThan(0);
    expect(of(some, "predicted").length).toBeGreaterThan(0);
    for (const [i, row] of some.entries()) {
      if (row.trapEvidence === "confirmed") expect(bits(row)).toBe(bits(full[i]!));
      expect(row.traps).toBe(full[i]!.traps);
    }
  },
);

test("a product of two factors, decomposed after all, has the promise it has with its copies", async () => {
  const [out, inside] = [60, 40];
  const names = factorNames("model.layers.0.mlp.up_proj");
  // BF16 holds every entry of the product, so a Gram matrix of it promises less than the factors do.
  const right = gaussian(inside, 1).map((value) => Math.round(8 * value) / 8);
  const left = gaussian(out, 2).map((value, i) => Math.sign(value) * 2 ** -(i % 20));
  const factors = [f32(names.A, [1, inside], right), f32(names.B, [out, 1], left)];
  const location = adapterFolder(factors, { ...CONFIG, r: 1, lora_alpha: 1 });
  const [row] = await rowsOf(location, { shuffle: "auto" });
  const [full] = await rowsOf(location);
  const [alone] = await rowsOf(location, { shuffle: "never" });
  expect(alone!.promise).toBeLessThan(full!.promise!);
  expect(row!.trapEvidence).toBe("confirmed");
  expect(bits(row!)).toBe(bits(full!));
});

describe("the rule", () => {
  const [rows, cols] = [64, 48];
  const path = join(folder, "rule.safetensors");

  async function rowOf(values: ArrayLike<number>, shape = [rows, cols]): Promise<Row> {
    const data = new Uint8Array(Float32Array.from(values).buffer);
    writeSafetensors(path, [{ name: "w.weight", dtype: "F32", shape, data }]);
    const [row] = await rowsOf(path, { shuffle: "auto" });
    return row!;
  }

  const noise = () => gaussian(rows * cols, 11);

  test("an entry just within 15% of the threshold is looked at, one just outside is not", async () => {
    // So small, and tested at so low a level, that 15% below the threshold is still above the edge of the bulk.
    const [N, M, L] = [16, 12, 100];
    const small = (seed: number, entry = 0.1) => {
      const values = gaussian(N * M, seed).map((value) => Math.max(-1.5, Math.min(1.5, value)));
      values[100] = entry;
      return values;
    };
    const predict = (values: ArrayLike<number>) => {
      const prediction = predictTraps(momentsOf(Float64Array.from(values)), N, M, 0.01 / L);
      if ("reason" in prediction) throw new Error(prediction.reason);
      return prediction;
    };
    const { bulkDeviation: sigma, bulkKurtosis } = predict(small(0, 20)).margins;
    const bulk = { N, M, sigma, kurtosis: bulkKurtosis! };
    const border = spikeMargin(0.85 * edgeThreshold(0.01 / L, bulk, 1), bulk);
    expect(border).toBeGreaterThan(1.05);
    const planted = (margin: number) => {
      let values = small(0, 20);
      for (let i = 0; i < 20; i++) {
        const { mean, tau } = predict(values).margins; // the entry moves the mean
        values = small(0, mean + margin * tau);
      }
      expect(predict(values).margin).toBeCloseTo(margin, 5);
      return values;
    };
    const matrices = [planted(0.999 * border), planted(1.001 * border)];
    while (matrices.length < L) matrices.push(small(matrices.length));
    writeSafetensors(
      path,
      matrices.map((values, i) => ({
        name: `w${i + 10}.weight`,
        dtype: "F32",
        shape: [N, M],
        data: new Uint8Array(Float32Array.from(values).buffer),
      })),
    );
    const evidence = (await rowsOf(path, { shuffle: "auto" })).map(({ trapEvidence }) => trapEvidence);
    expect(evidence.slice(0, 3)).toEqual(["predicted", "confirmed", "predicted"]);
    expect(evidence).toHaveLength(L);
  });

  test("an entry too large for a prediction is looked at long before it makes an outlier", async () => {
    const tau = (rows * cols) ** 0.25;
    const planted = (margin: number) => {
      const values = noise();
      values[100] = margin * tau;
      return values;
    };
    expect((await rowOf(planted(0.7))).trapEvidence).toBe("predicted");
    expect(await rowOf(planted(0.8))).toMatchObject({
      trapEvidence: "confirmed",
      trapReference: "monte_carlo",
    });
  });

  test("a mean counts as an entry does", async () => {
    const shifted = (margin: number) => noise().map((value) => value + margin / (rows * cols) ** 0.25);
    expect((await rowOf(shifted(0.9))).trapEvidence).toBe("predicted");
    expect(await rowOf(shifted(2))).toMatchObject({ trapEvidence: "confirmed", meanTrap: true, traps: 0 });
  });

  test("heavy tails are looked at, and so is what has no margins", async () => {
    expect((await rowOf(noise().map((value) => value ** 3))).trapEvidence).toBe("confirmed");
    const constant = await rowOf(noise().fill(2));
    expect(constant).toMatchObject({ trapEvidence: null, randScheme: "replica0" });
    expect(constant.reasons).toMatchObject({ trapEvidence: "no_deviation", traps: "no_deviation" });
  });

  test("one loud tap of a convolution has all of them looked at", async () => {
    const kernel = gaussian(rows * cols * 9, 12);
    expect((await rowOf(kernel, [rows, cols, 3, 3])).trapEvidence).toBe("predicted");
    kernel[5] = 20;
    const row = await rowOf(kernel, [rows, cols, 3, 3]);
    const [full] = await rowsOf(path);
    expect(row).toMatchObject({ trapEvidence: "confirmed", traps: 1 });
    expect(bits(row)).toBe(bits(full!));
  });
});

test("copies are asked for after the matrix, and progress counts the work that was done", async () => {
  class Solver extends FakeSolver {
    readonly copied: string[] = [];
    override async solve(problem: Problem): Promise<MatrixSpectra> {
      const spectra = await super.solve(problem);
      if (!problem.matrix.name.startsWith("loud")) return spectra;
      const taps = spectra.taps.map((tap) => ({ ...tap, moments: fakeMoments(tap.moments.count, 20) }));
      return { ...spectra, taps };
    }
    override shuffled(question: Parameters<FakeSolver["shuffled"]>[0]) {
      this.copied.push(question.matrix.name);
      return super.shuffled(question);
    }
  }
  const names = ["quiet", "loud", "fail NON_FINITE", "still"];
  const plan = {
    checkpoint: undefined as never,
    base: null,
    items: names.map((name) => ({ kind: "matrix" as const, matrix: fakeMatrix(name) })),
    skipped: [],
  };
  const solver = new Solver();
  const seen: Progress[] = [];
  const onProgress = (progress: Progress) => seen.push(progress);
  const rows: Row[] = [];
  for await (const row of runPlan(plan, solver, resolveOptions({ shuffle: "auto" }), { onProgress })) {
    rows.push(row);
  }
  expect(rows.map(({ trapEvidence }) => trapEvidence)).toEqual(["predicted", "confirmed", null, "predicted"]);
  expect(solver.solved.map(({ replicas }) => replicas)).toEqual([0, 0, 0, 0]);
  expect(new Set(solver.copied)).toEqual(new Set(["loud"]));
  // A spectrum: Gram 30·20·21 and reduction 4/3·20³; two of the loud matrix.
  const each = 30 * 20 * 21 + (4 / 3) * 8000;
  expect(seen.at(-1)!.flopsDone).toBeCloseTo(5 * each, 3);
  expect(seen.at(-1)!.flopsTotal).toBeCloseTo(5 * each, 3);
  expect(seen.find(({ name }) => name === "loud")!.flopsTotal).toBeCloseTo(5 * each, 3);
});
