// Does the rounding of a float32 cross-entropy make mean traps, or cost margin and accuracy? At high confidence the gradient at the label
// rounds to exactly 0 while those at the other classes do not, so that their sum over the classes is no longer 0 and the mean of the
// classifier drifts (arXiv 2605.06152). Addition modulo 31, whose curve records all of that, plainly in float32 and with each remedy
// alone, from the same first parameters and pairs for each seed.
import { join } from "node:path";
import { estimateOf } from "../../dist/grokking/estimate.js";
import { ExperimentFolder } from "../../dist/grokking/experiment/folder.js";
import { modularAdditionExperiment } from "../../dist/grokking/experiment/presets.js";
import { runExperiment } from "../../dist/grokking/experiment/run.js";
import { toMarkdown } from "../../dist/grokking/tables/table.js";
import { formatNumber } from "../../dist/report/number.js";
import { studentQuantile } from "../../dist/spectrum/replicas.js";
import { sumOf } from "./tables.mjs";

const P = 31;
const COMMON = {
  p: P,
  // All seeds tried generalise within 2000 steps.
  trainFraction: 0.7,
  precision: "float32",
  lossPrecision: "float32",
  curvePerDecade: 48,
  checkpointsPerDecade: 1,
};

/** How a network becomes confident. Weight decay would hold its logits small: none stays. */
const REGIMES = {
  /** Until the network generalises: it has test accuracy and margin to lose. */
  "grokked, then free": { preset: "nanda-then-free", changes: { decayUntil: 0.95, steps: 6000 } },
  /** Never any: confident soonest, and does not generalise. */
  free: { preset: "free", changes: { steps: 3000 } },
};

const PLAIN = "plain float32";
const SETTINGS = {
  [PLAIN]: {},
  "loss in float64": { lossPrecision: "float64" },
  StableMax: { loss: "stablemax" },
  "zero sum": { zeroSum: true },
};

/** What is said of a run, in the order of the tables. */
const QUANTITIES = {
  decayEnds: "step at which weight decay ends",
  testAccuracy: "test accuracy",
  testFall: "largest fall of it",
  trainAccuracy: "train accuracy",
  testMargin: "test margin",
  trainMargin: "train margin",
  zeroGradientShare: "share of zero gradients",
  labelsZero: "step at which half of the labels' are zero",
  halfZero: "step at which half of all are zero",
  classGradientSum: "class-gradient sum",
  classifierMean: "mean of the classifier's entries",
  classMeanShare: "share of the classifier in its mean over classes",
  largestLogit: "largest logit",
  norm: "ℓ2 norm",
  trapsWeightWatcher: "traps, WeightWatcher",
  trapsOfMean: "traps of the mean",
};

/**
 * Trains what is not yet trained, each run in a folder of its own in `folder`, and returns a record a run: its regime, setting, seed,
 * and the quantities at the end.
 */
export async function forensics({ seeds, folder }) {
  const records = [];
  for (const [regime, { preset, changes }] of Object.entries(REGIMES)) {
    for (const seed of seeds) {
      for (const [setting, remedy] of Object.entries(SETTINGS)) {
        const experiment = modularAdditionExperiment(preset, { ...COMMON, ...changes, ...remedy, seed });
        const name = `${regime} ${setting} ${seed}`.replaceAll(/[^a-zA-Z0-9]+/g, "-");
        const out = join(folder, name);
        const result = await runExperiment(experiment, { out, resume: true });
        const parameters = await new ExperimentFolder(out).parameters(experiment.steps);
        const classMeanShare = shareOfMean(parameters["unembed.weight"]);
        records.push({ regime, setting, seed, ...quantities(experiment, result), classMeanShare });
      }
    }
  }
  return records;
}

function quantities({ decayUntil }, { curve, run }) {
  const end = curve.at(-1);
  const checkpoint = run.checkpoints.at(-1);
  const zeroBegins = (share) => curve.find((record) => record.zeroGradientShare > share)?.step ?? null;
  return {
    ...end,
    testFall: largestFall(curve),
    labelsZero: zeroBegins(0.5 / (P + 1)),
    halfZero: zeroBegins(0.5),
    decayEnds:
      decayUntil === null
        ? null
        : (curve.find(({ testAccuracy }) => testAccuracy >= decayUntil)?.step ?? null),
    norm: checkpoint.norm,
    trapsWeightWatcher: sumOf(checkpoint.layers, "trapsWeightWatcher"),
    trapsOfMean: sumOf(checkpoint.layers, "trapsOfMean"),
  };
}

/** ‖1·m̄ᵀ‖²_F/‖W‖²_F with the mean row m̄ over the classes: what adds the same to every logit. */
function shareOfMean({ shape: [classes, width], values }) {
  let [ofMean, all] = [0, 0];
  for (let column = 0; column < width; column++) {
    let sum = 0;
    for (let row = 0; row < classes; row++) {
      const entry = values[row * width + column];
      sum += entry;
      all += entry * entry;
    }
    ofMean += (sum * sum) / classes;
  }
  return ofMean / all;
}

/** Of the test accuracy below the best before, once the training pairs are known. */
function largestFall(curve) {
  const from = curve.findIndex(({ trainAccuracy }) => trainAccuracy >= 0.99);
  let [best, fall] = [0, 0];
  for (const { testAccuracy } of from < 0 ? [] : curve.slice(from)) {
    best = Math.max(best, testAccuracy);
    fall = Math.max(fall, best - testAccuracy);
  }
  return fall;
}

/** Two tables a regime: means over the seeds, and paired differences to plain float32. */
export function forensicsMarkdown(records) {
  const seeds = [...new Set(records.map(({ seed }) => seed))].join(", ");
  return Object.keys(REGIMES)
    .flatMap((regime) => {
      const own = records.filter((record) => record.regime === regime);
      const about = `addition modulo ${P}, ${regime}, ${REGIMES[regime].changes.steps} steps, seeds ${seeds}`;
      return [
        table(`${about}: mean ± sd at the end`, Object.keys(SETTINGS), (setting, key) =>
          cellOf(estimateOf(valuesOf(own, setting, key))),
        ),
        table(
          `${about}: difference to ${PLAIN}, mean and 95% interval of the paired differences`,
          Object.keys(SETTINGS).filter((setting) => setting !== PLAIN),
          (setting, key) => intervalOf(differences(valuesOf(own, setting, key), valuesOf(own, PLAIN, key))),
        ),
      ];
    })
    .join("\n");
}

function table(title, settings, cell) {
  const keys = Object.keys(QUANTITIES);
  return toMarkdown({
    title,
    columns: [
      { kind: "text", header: "at the end", cells: Object.values(QUANTITIES) },
      ...settings.map((setting) => ({
        kind: "text",
        header: setting,
        cells: keys.map((key) => cell(setting, key)),
      })),
    ],
  });
}

function valuesOf(records, setting, key) {
  return records.filter((record) => record.setting === setting).map((record) => record[key]);
}

/** Of the seeds that have both. */
function differences(values, plain) {
  return values.flatMap((value, i) => (value === null || plain[i] === null ? [] : [value - plain[i]]));
}

/** By Student's t. */
function intervalOf(values) {
  const estimate = estimateOf(values);
  if (estimate === null || estimate.sd === null) return "–";
  const half = (studentQuantile(0.975, estimate.n - 1) * estimate.sd) / Math.sqrt(estimate.n);
  const ends = [estimate.mean - half, estimate.mean + half].map(formatNumber);
  return `${formatNumber(estimate.mean)} [${ends.join(", ")}]`;
}

function cellOf(estimate) {
  if (estimate === null) return "never";
  const { mean, sd } = estimate;
  return sd === null ? formatNumber(mean) : `${formatNumber(mean)} ± ${formatNumber(sd)}`;
}
