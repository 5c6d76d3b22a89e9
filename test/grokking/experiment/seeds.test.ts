import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mlpExperiment } from "../../../lib/grokking/experiment/presets.ts";
import { runSeeds } from "../../../lib/grokking/experiment/seeds.ts";
import { type MeasuredRun, rightEdge } from "../../../lib/grokking/record.ts";
import { temporaryFolder } from "../../helpers/safetensors-writer.ts";

test("the control from three seeds is reported as mean ± sd at the end of each phase", async () => {
  const out = join(temporaryFolder(), "seeds");
  // Decays enough to grok within these steps from every seed.
  const control = mlpExperiment("control", {
    ...{ hidden: [60, 40], trainPerClass: 10, batchSize: 50, learningRate: 5e-3, weightDecay: 1 },
    digits: { kind: "synthetic", side: 14, testPerClass: 30, difficulty: 0.3 },
    ...{ steps: 1000, checkpointsPerDecade: 3, curvePerDecade: 12, shuffles: 1 },
  });
  const runs: MeasuredRun[] = [];
  for await (const { run } of runSeeds(control, 3, { out })) runs.push(run);
  expect(runs.map(({ seed }) => seed)).toEqual([0, 1, 2]);

  const [header, ...rows] = readFileSync(join(out, "comparison.csv"), "utf8")
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(/,(?! )/).map((field) => field.replaceAll('"', "")));
  const markdown = readFileSync(join(out, "comparison.md"), "utf8");
  expect(markdown).toContain("seeds: 0, 1, 2");
  for (const [phase, short] of [
    ["pre-grokking", "pre"],
    ["grokking", "grok"],
  ] as const) {
    for (const [quantity, key, digits] of [
      ["test accuracy", "testAccuracy", 3],
      ["ℓ2 norm", "norm", 2],
    ] as const) {
      const values = runs.map((run) => rightEdge(run, phase)![key]!);
      const mean = (values[0]! + values[1]! + values[2]!) / 3;
      const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
      const cells = rows.find(([name]) => name === quantity)!;
      const at = header!.indexOf(`${short}, ours`);
      expect(header!.slice(at, at + 3)).toEqual(["", " sd", " n"].map((part) => `${short}, ours${part}`));
      expect(Number(cells[at])).toBeCloseTo(mean, 12);
      expect(Number(cells[at + 1])).toBeCloseTo(sd, 12);
      expect(cells[at + 2]).toBe("3");
      expect(sd).toBeGreaterThan(0);
      expect(markdown).toContain(`${mean.toFixed(digits)} ± ${sd.toFixed(digits)}`);
    }
  }
});
