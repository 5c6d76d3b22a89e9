// The transformer on addition modulo 31: its phases and its measures, with weight decay and after it.
import { join } from "node:path";
import { modularAdditionExperiment } from "../../dist/grokking/experiment/presets.js";
import { paperModularAddition } from "../../dist/grokking/paper/modular-addition.js";
import { phaseTable } from "../../dist/grokking/tables/phases.js";
import { toMarkdown } from "../../dist/grokking/tables/table.js";
import { ours, phased } from "./tables.mjs";
import { trained } from "./train.mjs";

const P = 31;
const STEPS = 12_000;
const SHOWN = [
  "train accuracy",
  "test accuracy",
  "test loss",
  "ℓ2 norm",
  "alpha",
  "alpha, mean of layers",
  "traps, WeightWatcher",
  "traps, calibrated",
];
const PRESETS = ["nanda", "nanda-then-free"];

export async function modularAdditionSections(out, seeds) {
  const parts = [];
  for (const preset of PRESETS) {
    const experiment = modularAdditionExperiment(preset, { p: P, steps: STEPS });
    parts.push({ preset, results: await trained(experiment, seeds, join(out, `modadd-${preset}`)) });
  }
  const rows = parts.flatMap(({ preset, results }) => results.map(phased(preset)));
  const measures = parts.map(({ preset, results }) =>
    ours(preset, results, paperModularAddition.layers, SHOWN),
  );
  return {
    "modadd-phases": toMarkdown(phaseTable(`Phases of addition modulo ${P}`, rows)),
    "modadd-measures": measures.map(toMarkdown).join("\n"),
  };
}
