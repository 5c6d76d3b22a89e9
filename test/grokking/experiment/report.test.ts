import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CurveRecord } from "../../../lib/grokking/experiment/curve.ts";
import { ExperimentFolder } from "../../../lib/grokking/experiment/folder.ts";
import type { ClassEffect } from "../../../lib/grokking/experiment/intervention-effects.ts";
import { experimentManifest } from "../../../lib/grokking/experiment/manifest.ts";
import { mlpExperiment } from "../../../lib/grokking/experiment/presets.ts";
import { writeReport } from "../../../lib/grokking/experiment/report.ts";
import { forwardMlp, hiddenMlp } from "../../../lib/grokking/forward-mlp.ts";
import { measure } from "../../../lib/grokking/measures/measure.ts";
import { predict } from "../../../lib/grokking/predictions.ts";
import { MlpTrainer } from "../../../lib/grokking/trainer/mlp.ts";
import { storedCurve, storedExamples, storedParameters } from "../helpers/stored-runs.ts";

/** The last stored networks of run c before it groks, before it collapses, and at the end. */
const EDGES = [4383, 41_023, 381_814];
const task = storedExamples();
const { labels } = task.test;

/** The folder of run c as an experiment of the user's images, of which the paper has numbers. */
async function reportOfRunC(out: string): Promise<void> {
  const digits = { kind: "idx", folder: "digits" } as const;
  const experiment = mlpExperiment("quick", { digits, precision: "float64", shuffles: 5 });
  const folder = new ExperimentFolder(out);
  await folder.begin(experimentManifest(experiment, task));
  // Margins and gradients were not recorded; the report shows neither.
  for (const record of storedCurve("c").records) await folder.keepCurve(record as unknown as CurveRecord);
  for (const step of EDGES) {
    const parameters = storedParameters("c", step);
    const network = { parameters, forward: forwardMlp, hidden: hiddenMlp };
    const measures = await measure(network, task, { shuffles: experiment.shuffles });
    await folder.keepCheckpoint({ step, measures }, parameters, "F32");
  }
  const last = storedParameters("c", EDGES[2]!);
  const zeros = Object.fromEntries(
    Object.entries(last).map(([name, { shape, values }]) => [name, { shape, values: values.map(() => 0) }]),
  );
  await folder.keepState({ step: EDGES[2]!, parameters: last, m: zeros, v: zeros });
  const open = () => new MlpTrainer(task.train, { ...experiment, batchSize: 50, lossPrecision: "float64" });
  const plan = { examples: 250, batchSize: 50, order: "reshuffled", seed: 0 } as const;
  await writeReport(experiment, { task, plan, open, hidden: hiddenMlp }, folder);
  await folder.close();
}

const out = mkdtempSync(join(tmpdir(), "spectrap-report-"));
beforeAll(() => reportOfRunC(out), 60_000);
afterAll(() => rmSync(out, { recursive: true, force: true }));

const read = (name: string) => readFileSync(join(out, name), "utf8");
/** Columns of a table by their headers. */
function columns(name: string): Record<string, string[]> {
  const [header, ...rows] = read(`tables/${name}.csv`)
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.match(/("[^"]*"|[^,]*)(?=,|$)/g)!.map((field) => field.replaceAll('"', "")));
  return Object.fromEntries(header!.map((title, i) => [title, rows.map((row) => row[i]!)]));
}
const numbers = (column: string[] | undefined) => column!.map(Number);

test.each([
  "comparison",
  "anatomy",
  "classes",
  "firing",
  "forgetting",
  "interventions",
  "interventions-classes",
  "regrowth",
])("the table %s of run c is the stored one", async (name) => {
  await expect(read(`tables/${name}.md`)).toMatchFileSnapshot(`../../fixtures/tables/run-c/${name}.md`);
});

test("effects of interventions are kept as they were counted", () => {
  const effects: ClassEffect[] = JSON.parse(read("interventions.json"));
  expect(effects.map(({ effect }) => effect)).toEqual(
    numbers(columns("interventions")["change of accuracy"]),
  );
  for (const { effect, perClass } of effects) {
    // A hundred images of each class.
    expect(perClass.reduce<number>((sum, change) => sum + change!, 0) / 10).toBeCloseTo(effect, 12);
  }
});

test("every figure is there", () => {
  const phases = ["pre-grokking", "grokking", "anti-grokking"];
  const kinds = ["confusion", "prototypes", "esd"];
  const ofPhases = phases.flatMap((phase) =>
    kinds.flatMap((kind) =>
      kind === "esd"
        ? ["FC1", "FC2", "FC3"].map((layer) => `esd-${phase}-${layer}.svg`)
        : `${kind}-${phase}.svg`,
    ),
  );
  const all = ["interventions.svg", "training.svg", "weights.svg", ...ofPhases];
  expect(readdirSync(join(out, "figures")).sort()).toEqual(all.sort());
  expect(read("figures/confusion-anti-grokking.svg")).toContain("as trained: accuracy 0.491");
});

describe("a recount from the answers of the stored networks", () => {
  const answers: Uint32Array[] = [];
  beforeAll(async () => {
    for (const step of EDGES) answers.push(await predict(forwardMlp, storedParameters("c", step), task.test));
  });

  test("gives the accuracy of each class", () => {
    const found = columns("classes");
    for (const [i, phase] of ["pre-grokking", "grokking", "anti-grokking"].entries()) {
      const right = Array.from({ length: 10 }, (_, k) => {
        return labels.filter((label, n) => label === k && answers[i]![n] === k).length;
      });
      expect(numbers(found[`accuracy, ${phase}`])).toEqual(right.map((hits) => hits / 100));
    }
    const predicted = Array.from({ length: 10 }, (_, k) => answers[2]!.filter((c) => c === k).length);
    expect(numbers(found["predicted for images"])).toEqual(predicted);
  });

  test("gives what was forgotten", () => {
    const known = labels.filter((label, n) => answers[1]![n] === label).length;
    const lost = labels.filter((label, n) => answers[1]![n] === label && answers[2]![n] !== label).length;
    const found = columns("forgetting");
    expect([found["right at the peak"]![0], found["forgotten"]![0]].map(Number)).toEqual([known, lost]);
    const classes = found["test examples"]!.map((group) => group.startsWith("class"));
    expect(numbers(found["forgotten"]).reduce((sum, n, i) => sum + (classes[i] ? n : 0), 0)).toBe(lost);
  });
});

test("images come to be silent in the collapse, and are answered worse than the others", () => {
  const found = columns("firing");
  const [silent, accuracy, others] = ["silent, test", "accuracy, silent", "accuracy, others"].map(
    (header) => found[header]!,
  );
  // The first of two hidden layers at the edges of three phases.
  expect([silent![0], silent![2]].map(Number)).toEqual([0, 0]);
  expect(Number(silent![4])).toBeGreaterThan(0.1);
  expect(Number(accuracy![4])).toBeLessThan(Number(others![4]));
  const total = Number(silent![4]) * Number(accuracy![4]) + (1 - Number(silent![4])) * Number(others![4]);
  expect(total).toBeCloseTo(0.491, 12);
});

test("probes without shapes are as many as the images, and most of them are given one class", () => {
  const found = columns("classes");
  for (const header of ["predicted for images", "for shuffled pixels", "for noise"]) {
    expect(numbers(found[header]).reduce((sum, n) => sum + n, 0)).toBe(1000);
  }
  expect(Math.max(...numbers(found["for noise"]))).toBeGreaterThan(900);
});

test("traps move the answers to probes, none before there are traps and never by more than ln 2", () => {
  const found = columns("anatomy");
  for (const header of ["J, subtract", "J, replace", "J, random mode"]) {
    found[header]!.forEach((field, i) => {
      expect(field === "").toBe(found["traps"]![i] === "0");
      expect(Number(field)).toBeLessThanOrEqual(Math.LN2);
    });
  }
  expect(found["traps"]!.slice(0, 3)).toEqual(["0", "0", "0"]);
  expect(found["kind"]!.slice(6, 8)).toEqual(["mean_shift", "mean_shift"]);
});
