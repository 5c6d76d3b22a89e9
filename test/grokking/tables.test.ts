import { describe, expect, test } from "vitest";
import { estimateOf } from "../../lib/grokking/estimate.ts";
import { paperMlp, paperMlpControl, paperMlpScale4 } from "../../lib/grokking/paper/mlp.ts";
import { paperModularAddition } from "../../lib/grokking/paper/modular-addition.ts";
import { PHASES, rightEdge } from "../../lib/grokking/record.ts";
import { aucTable } from "../../lib/grokking/tables/aucs.ts";
import { comparisonTable } from "../../lib/grokking/tables/comparison.ts";
import { interventionTable } from "../../lib/grokking/tables/interventions.ts";
import { regrowthTable } from "../../lib/grokking/tables/regrowth.ts";
import { ruleTable } from "../../lib/grokking/tables/rule.ts";
import { type Table, toCsv, toMarkdown, toText } from "../../lib/grokking/tables/table.ts";
import { trainingPanels } from "../../lib/grokking/training-panels.ts";
import { run } from "./runs.ts";

const runs = [0, 1, 2].map(run);

const tables: Record<string, Table> = {
  "comparison-mlp": comparisonTable(paperMlp, runs),
  "comparison-modular-addition": comparisonTable(paperModularAddition, []),
  interventions: interventionTable(
    "Removing traps",
    [
      { group: "FC1", label: "subtract | trap 1", effect: -0.391, interval: [-0.41, -0.372], control: false },
      { group: "FC1", label: "bulk mode", effect: 0.002, interval: null, control: true },
    ],
    "sd over 5 seeds",
  ),
  rule: ruleTable("The rule of addition", [
    {
      ...{ phase: "pre-grokking", step: 178, share: 0.0213, nonDcMass: 0.315 },
      kernel: { frequencies: [3, 1, 2], largest: 89_000 },
      embed: { frequencies: [2, 3, 1], largest: 0.0671 },
      unembed: { frequencies: [3, 2, 1], largest: 0.0709 },
      keyGram: [0.9, 2.1],
    },
    {
      ...{ phase: "grokking", step: 40_000, share: 0.981, nonDcMass: 0.892 },
      kernel: { frequencies: [3, 2, 1], largest: 2.1e5 },
      embed: { frequencies: [3, 2, 1], largest: 0.218 },
      unembed: { frequencies: [3, 2, 1], largest: 0.214 },
      keyGram: [1.3, 2.2],
    },
  ]),
  regrowth: regrowthTable("Trained on after a removal", [
    {
      layer: "FC1",
      log: [
        { step: null, traps: 2 },
        { step: 0, traps: 1 },
        { step: 10, traps: null },
      ],
    },
  ]),
  aucs: aucTable("Collapse against health", [
    { measure: "traps, WeightWatcher", collapsed: [1, 1, 2, 1, 2], healthy: [1, 6, 1, 0, 2] },
    { measure: "ℓ2 norm", collapsed: [124, 137, 128, 140, 119], healthy: [22, 13, 25, 24, 19] },
    { measure: "alpha FC1", collapsed: [1.5, 1.6, 3.2, 1.4, 1.2], healthy: [2.9, 2.8, 2.7, 3.1, 3.3] },
  ]),
};

describe.each(Object.entries(tables))("the table %s", (name, table) => {
  test.each([
    ["md", toMarkdown],
    ["txt", toText],
    ["csv", toCsv],
  ] as const)("as .%s is the stored one", async (extension, format) => {
    await expect(format(table)).toMatchFileSnapshot(`../fixtures/tables/${name}.${extension}`);
  });
});

describe("the paper's numbers", () => {
  test.each([paperMlp, paperMlpControl, paperMlpScale4, paperModularAddition])(
    "of $label are each given once, for all phases",
    ({ rows, layers }) => {
      const keys = rows.map(({ quantity, layer }) => `${quantity} ${layer}`);
      expect(new Set(keys).size).toBe(keys.length);
      for (const { values, layer } of rows) {
        expect(Object.keys(values)).toEqual(PHASES);
        if (layer !== null) expect(layers).toContain(layer);
      }
    },
  );

  // What the paper averages itself checks what was copied, to the digits it prints.
  test.each([
    ["alpha", "alphaMean", paperModularAddition, 0.006],
    ["trapsWeightWatcher", "trapsWeightWatcherMean", paperModularAddition, 0.006],
    ["alpha", "alphaMean", paperMlp, 0.051],
  ] as const)("%s have the mean that the paper prints", (quantity, mean, { rows }, rounding) => {
    for (const phase of PHASES) {
      const ofLayers = rows
        .filter((row) => row.quantity === quantity)
        .map(({ values }) => values[phase]!.mean);
      const printed = rows.find((row) => row.quantity === mean)!.values[phase]!.mean;
      expect(Math.abs(estimateOf(ofLayers)!.mean - printed)).toBeLessThan(rounding);
    }
  });

  test.each([
    ["alpha", "alphaMean"],
    ["trapsWeightWatcher", "trapsWeightWatcherMean"],
  ] as const)("%s of modular addition have the spread that it prints", (quantity, mean) => {
    const rows = paperModularAddition.rows;
    const values = rows
      .filter((row) => row.quantity === quantity)
      .map(({ values }) => values["anti-grokking"]!.mean);
    const printed = rows.find((row) => row.quantity === mean)!.values["anti-grokking"]!.sd!;
    const sd = estimateOf(values)!.sd!;
    const population = sd * Math.sqrt((values.length - 1) / values.length);
    expect(Math.min(Math.abs(sd - printed), Math.abs(population - printed))).toBeLessThan(0.006);
  });
});

describe("our numbers", () => {
  test("are of the last checkpoint of the phase", () => {
    expect(PHASES.map((phase) => rightEdge(run(0), phase)?.step)).toEqual([1000, 10_000, 100_000]);
    expect(rightEdge(run(2), "anti-grokking")).toBeUndefined();
  });

  test("have n − 1 in their spread, and none of one value", () => {
    expect(estimateOf([1, null, 3])).toEqual({ mean: 2, sd: Math.SQRT2, n: 2 });
    expect(estimateOf([5])).toEqual({ mean: 5, sd: null, n: 1 });
    expect(estimateOf([null])).toBeNull();
  });
});

test("panels of training hold a line per run and a curve per layer", () => {
  const panels = trainingPanels(runs);
  const alpha = panels.find(({ label }) => label === "alpha")!;
  expect(alpha.curves.map(({ label }) => label)).toEqual(["FC1", "FC2"]);
  expect(alpha.curves[0]!.lines).toHaveLength(3);
  expect(alpha.curves[1]!.lines[0]!.at(-1)).toEqual({ step: 100_000, value: null });
});
