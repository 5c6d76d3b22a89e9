import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { comparison } from "../../../lib/grokking/experiment/comparison.ts";
import { layerName } from "../../../lib/grokking/experiment/layer-names.ts";
import { phaseSpans } from "../../../lib/grokking/experiment/measured-run.ts";
import { experimentNetwork } from "../../../lib/grokking/experiment/network.ts";
import { mlpExperiment, modularAdditionExperiment } from "../../../lib/grokking/experiment/presets.ts";
import { phases } from "../../../lib/grokking/phases.ts";
import { toText } from "../../../lib/grokking/tables/table.ts";
import { temporaryFolder } from "../../helpers/safetensors-writer.ts";
import { run } from "../runs.ts";

/** An IDX file of unsigned bytes. */
function idx(shape: readonly number[], values: readonly number[]): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, 8, shape.length]);
  shape.forEach((side, i) => void head.writeUInt32BE(side, 4 + 4 * i));
  return Buffer.concat([head, Buffer.from(values)]);
}

/** `count` images of 2 × 2 with labels 0 to 9 by turns; the first pixel is the number of the image. */
function writeSet(folder: string, part: string, count: number, packed: boolean): void {
  const numbers = Array.from({ length: count }, (_, i) => i);
  const files = {
    [`${part}-images-idx3-ubyte`]: idx(
      [count, 2, 2],
      numbers.flatMap((i) => [i, 255, 0, 0]),
    ),
    [`${part}-labels-idx1-ubyte`]: idx(
      [count],
      numbers.map((i) => i % 10),
    ),
  };
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(folder, packed ? `${name}.gz` : name), packed ? gzipSync(bytes) : bytes);
  }
}

test("digits of the user's: a part of each class to train on, all of the others to test", async () => {
  const folder = temporaryFolder();
  writeSet(folder, "train", 60, true);
  writeSet(folder, "t10k", 20, false);
  const digits = { kind: "idx", folder } as const;
  const { task, open } = await experimentNetwork(mlpExperiment("quick", { digits, trainPerClass: 5 }));
  expect([task.train.count, task.test.count, task.train.width]).toEqual([50, 20, 4]);
  expect(
    Array.from({ length: 10 }, (_, k) => task.train.labels.filter((label) => label === k).length),
  ).toEqual(new Array(10).fill(5));
  expect(task.test.inputs.slice(4, 8)).toEqual(Float64Array.of(1 / 255, 1, 0, 0));
  const trainer = open(0);
  const { "fc1.weight": first } = await trainer.parameters();
  expect(first!.shape).toEqual([100, 4]);
  trainer.close();
});

describe("presets", () => {
  test("differ as the paper's text, its notebook and the control do", () => {
    const differing = (a: object, b: object) =>
      Object.entries(a).filter(([key, value]) => value !== (b as Record<string, unknown>)[key]);
    const [quick, control] = [mlpExperiment("quick"), mlpExperiment("control")];
    expect(differing(control, quick)).toEqual([["weightDecay", 0.01]]);
    const [paper, notebook] = [mlpExperiment("paper"), mlpExperiment("notebook")];
    expect(differing(notebook, paper)).toEqual([
      ["initScale", 4],
      ["batchOrder", "fixed"],
    ]);
    expect(paper).toMatchObject({ hidden: [200, 200], initScale: 8, learningRate: 5e-4, batchSize: 200 });
  });

  test("take any change, and a small modulus with a small network", () => {
    expect(mlpExperiment("quick", { steps: 7 }).steps).toBe(7);
    const small = modularAdditionExperiment("free", { p: 31, mlp: 100 });
    expect(small).toMatchObject({ p: 31, width: 64, mlp: 100, trainFraction: 0.6, weightDecay: 0 });
    expect(modularAdditionExperiment("free", { p: 97 })).toMatchObject({ width: 128, trainFraction: 0.3 });
    expect(() => mlpExperiment("large" as "quick")).toThrow(expect.objectContaining({ code: "US_OPTION" }));
  });
});

test("the paper's numbers stand beside ours where the data are the same, and nowhere else", () => {
  const text = (experiment: Parameters<typeof comparison>[0]) => toText(comparison(experiment, [run(1)]));
  const mnist = mlpExperiment("paper", { digits: { kind: "idx", folder: "mnist" } });
  expect(text(mnist)).toContain("5.00 ± 0.70");
  expect(text({ ...mnist, weightDecay: 0.01 })).toContain("weight decay 0.01");
  expect(text({ ...mnist, initScale: 4 })).toContain("27.64 ± 8.39");
  expect(text(modularAdditionExperiment("nanda"))).toContain("4.88 ± 1.55");
  for (const other of [mlpExperiment("paper"), modularAdditionExperiment("nanda", { p: 31 })]) {
    expect(text(other)).not.toMatch(/paper|±/);
    expect(text(other)).toContain("seeds: 1");
  }
});

test("phases fill the run without a gap, and what was not reached is missing", () => {
  const at = (step: number, testAccuracy: number) => ({ step, trainAccuracy: 1, testAccuracy, testLoss: 1 });
  const rises = [at(10, 0.2), at(100, 0.2), at(1000, 0.9), at(10_000, 0.9)];
  expect(phaseSpans(phases(rises), 10_000)).toEqual([
    { phase: "pre-grokking", from: 0, to: 999 },
    { phase: "grokking", from: 1000, to: 10_000 },
  ]);
  const falls = [...rises, at(20_000, 0.3), at(200_000, 0.3), at(400_000, 0.3)];
  expect(phaseSpans(phases(falls), 400_000)).toEqual([
    { phase: "pre-grokking", from: 0, to: 999 },
    { phase: "grokking", from: 1000, to: 19_999 },
    { phase: "anti-grokking", from: 20_000, to: 400_000 },
  ]);
});

test("matrices have the paper's names", () => {
  expect(["fc2.weight", "attention.o.weight", "unembed.weight"].map(layerName)).toEqual([
    "FC2",
    "out",
    "unembed",
  ]);
});
