// Is there a setting in which the transformer, having learnt to add, forgets it again while it keeps its training pairs? The study
// reports such a collapse and gives none of its settings. A declared list of them, the likeliest first, each from several seeds.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { estimateOf } from "../../dist/grokking/estimate.js";
import { modularAdditionExperiment } from "../../dist/grokking/experiment/presets.js";
import { runExperiment } from "../../dist/grokking/experiment/run.js";
import { toMarkdown } from "../../dist/grokking/tables/table.js";
import { sumOf } from "./tables.mjs";

/** Pairs for training: numbers that have divisors, for mini-batches. */
const pairs = (count, p = 31) => ({ p, trainFraction: count / p ** 2 });

/** Weight decay 1 until the network generalises, then none: its norm is free to grow. */
const FREED = { weightDecay: 1, decayUntil: 0.95 };
/** As the paper's multilayer perceptron, which does collapse, is trained. */
const SQUARES = { loss: "mse", lossPrecision: null, beta2: 0.999 };
/** By squares it generalises slowly, and with a weight decay of 1 not at all. */
const FREED_SQUARES = { ...SQUARES, weightDecay: 0.1, decayUntil: 0.8 };
const MINI = { batchSize: 48, batchOrder: "reshuffled", steps: 60_000 };
const FULL = { steps: 15_000 };
const ROUNDED = { lossPrecision: "float32" };
/** Adam does not stop at small gradients. */
const RESTLESS = { precision: "float64", lossPrecision: null, epsilon: 1e-15, steps: 10_000 };
const LARGE = pairs(3840, 113);

/** Each on top of the preset `nanda` at p = 31 with 576 pairs. */
const GRID = [
  // Slingshots of rounded losses, or noise of mini-batches, with nothing to hold the weights.
  { ...FREED, ...ROUNDED, ...FULL, learningRate: 3e-3 },
  { ...FREED, ...MINI, learningRate: 3e-3 },
  { ...FREED_SQUARES, ...MINI, learningRate: 2e-3 },
  { ...FREED, ...RESTLESS, learningRate: 3e-3 },
  // Does the same collapse come without the rounding of the labels' gradients, which float64 has from a margin of 37 on?
  { ...FREED, ...RESTLESS, learningRate: 3e-3, zeroSum: true },
  { ...FREED, ...RESTLESS, learningRate: 3e-3, steps: 40_000 },
  { ...FREED, ...ROUNDED, ...FULL, learningRate: 1e-2 },
  // With weight decay to the end: large, and too small to hold the weights.
  { weightDecay: 2, ...FULL },
  { weightDecay: 0.1, ...MINI, learningRate: 3e-3 },
  { ...SQUARES, ...MINI, learningRate: 2e-3, weightDecay: 0.01 },
  { weightDecay: 1, ...MINI, learningRate: 3e-3 },
  { weightDecay: 0.5, ...FULL },
  { weightDecay: 0.03, ...MINI, learningRate: 3e-3 },
  // None at all.
  { weightDecay: 0, ...MINI, learningRate: 3e-3 },
  { ...SQUARES, ...MINI, learningRate: 2e-3, weightDecay: 0 },
  { weightDecay: 0, ...ROUNDED, ...FULL, learningRate: 3e-3 },
  { weightDecay: 0, loss: "stablemax", ...FULL, learningRate: 3e-3 },
  // Other optimisers.
  { ...FREED, ...MINI, learningRate: 1e-2 },
  { ...FREED, ...ROUNDED, ...FULL },
  { ...FREED, ...ROUNDED, ...FULL, learningRate: 3e-3, beta2: 0.9 },
  { ...FREED, ...ROUNDED, ...FULL, learningRate: 3e-3, beta2: 0.999 },
  { ...FREED, ...RESTLESS, learningRate: 3e-3, beta2: 0.9 },
  { weightDecay: 1, ...FULL, learningRate: 3e-3 },
  { ...FREED_SQUARES, ...FULL, learningRate: 3e-3 },
  { ...FREED_SQUARES, ...MINI, learningRate: 2e-3, precision: "float64" },
  { weightDecay: 0, ...RESTLESS, learningRate: 3e-3 },
  { ...FREED, ...SQUARES, ...MINI, learningRate: 2e-3 },
  { ...FREED, ...SQUARES, ...MINI, learningRate: 2e-3, weightDecay: 0.1 },
  // Fewer and more pairs.
  { ...FREED_SQUARES, ...MINI, learningRate: 2e-3, ...pairs(480) },
  { ...FREED, ...ROUNDED, ...FULL, learningRate: 3e-3, ...pairs(480) },
  { ...FREED_SQUARES, ...MINI, learningRate: 2e-3, ...pairs(672) },
  { ...FREED, ...ROUNDED, ...FULL, learningRate: 3e-3, ...pairs(672) },
  // The paper's modulus.
  { ...FREED_SQUARES, ...MINI, ...LARGE, batchSize: 384, learningRate: 2e-3 },
  { ...FREED, ...ROUNDED, ...FULL, ...LARGE, learningRate: 3e-3 },
];
const SEEDS = [0, 1, 2];

/**
 * Trains what is not yet trained, each run in a folder of its own in `folder`, until this process has used `budgetSeconds` of CPU time; the
 * next call goes on. Every setting has its first run before one has its second, but a setting that collapses is repeated
 * at once. Returns a record of each finished run, in the order of the list.
 */
export async function search({ folder, budgetSeconds }) {
  const runs = SEEDS.flatMap((seed) => GRID.map((changes) => new Run(folder, changes, seed)));
  const begun = cpuSeconds();
  const spent = () => cpuSeconds() - begun >= budgetSeconds;
  for (const run of runs) {
    await run.finish(spent);
    if (run.record?.collapseBegins == null) continue;
    for (const again of runs.filter(({ name }) => name === run.name)) await again.finish(spent);
  }
  return GRID.flatMap((changes) => {
    const name = nameOf(changes);
    return runs.filter((run) => run.name === name && run.record !== null).map(({ record }) => record);
  });
}

class Run {
  record = null;
  #experiment;
  #out;

  constructor(folder, changes, seed) {
    this.name = nameOf(changes);
    this.#experiment = modularAdditionExperiment("nanda", {
      ...pairs(576),
      ...changes,
      ...{ seed, checkpointsPerDecade: 4, shuffles: 5 },
    });
    this.#out = join(folder, `${this.name} seed ${seed}`.replaceAll(/[^a-zA-Z0-9.]+/g, "-"));
  }

  /** Leaves it unfinished once `spent` says so; reads what is finished all the same. */
  async finish(spent) {
    const finished = existsSync(join(this.#out, "measures.jsonl"));
    if (this.record !== null || (!finished && spent())) return;
    const abort = new AbortController();
    const options = { out: this.#out, resume: true, signal: abort.signal };
    const onProgress = () => spent() && abort.abort();
    try {
      const result = await runExperiment(this.#experiment, { ...options, onProgress });
      this.record = recordOf(this.name, this.#experiment, result);
    } catch (error) {
      if (error.code === "TRAINING_DIVERGED") this.record = diverged(this.name, this.#experiment);
      else if (error.code !== "ERR_CANCELLED") throw error;
    }
  }
}

function recordOf(name, { seed, steps }, { curve, phases, run }) {
  const end = curve.at(-1);
  const after = curve.filter(
    ({ step, trainAccuracy }) => step > (phases.peak?.step ?? steps) && trainAccuracy >= 0.99,
  );
  const spectra = run.checkpoints.map(({ step, layers }) => ({
    step,
    trapsWeightWatcher: sumOf(layers, "trapsWeightWatcher"),
    trapsCalibrated: sumOf(layers, "trapsCalibrated"),
    alpha: estimateOf(layers.map(({ alpha }) => alpha))?.mean ?? null,
  }));
  return {
    name,
    seed,
    steps,
    memorised: phases.memorised?.step ?? null,
    grokkingBegins: phases.grokkingBegins?.step ?? null,
    peakStep: phases.peak?.step ?? null,
    peak: phases.peak?.testAccuracy ?? null,
    lowest: after.length === 0 ? null : Math.min(...after.map(({ testAccuracy }) => testAccuracy)),
    testAccuracy: end.testAccuracy,
    trainAccuracy: end.trainAccuracy,
    trainHeld: phases.trainHeld,
    collapseBegins: phases.collapseBegins?.step ?? null,
    antiGrokkingBegins: phases.antiGrokkingBegins?.step ?? null,
    norm: run.checkpoints.at(-1).norm,
    spectra,
  };
}

function diverged(name, { seed, steps }) {
  const nothing = Object.fromEntries(
    [
      "memorised",
      "grokkingBegins",
      "peakStep",
      "peak",
      "lowest",
      "testAccuracy",
      "trainAccuracy",
      "norm",
    ].map((key) => [key, null]),
  );
  return {
    ...{ name, seed, steps, ...nothing, trainHeld: false },
    ...{ collapseBegins: null, antiGrokkingBegins: null, spectra: [], diverged: true },
  };
}

/** What of the list is not as in the first setting of the preset. */
function nameOf(changes) {
  const { p, trainFraction, weightDecay, decayUntil, loss, batchSize, ...rest } = modularAdditionExperiment(
    "nanda",
    { ...pairs(576), ...changes },
  );
  const lossPrecision = rest.lossPrecision ?? rest.precision;
  return [
    ...(p === 31 ? [] : [`p ${p}`]),
    `${Math.round(trainFraction * p * p)} pairs`,
    `wd ${weightDecay}${decayUntil === null ? "" : ` until test ${decayUntil}`}`,
    { mse: "MSE", "cross-entropy": "CE", stablemax: "StableMax" }[loss],
    batchSize === null ? "all pairs a step" : `${batchSize} a step`,
    `lr ${rest.learningRate}`,
    `β2 ${rest.beta2}`,
    ...(rest.epsilon === 1e-8 ? [] : [`ε ${rest.epsilon}`]),
    rest.precision === lossPrecision ? rest.precision : `${rest.precision}, loss in ${lossPrecision}`,
    ...(rest.zeroSum ? ["zero sum"] : []),
    `${rest.steps} steps`,
  ].join(", ");
}

/** The map: a row a setting, mean ± sd over its seeds. Then, of each run that collapsed, what came before what. */
export function searchMarkdown(records) {
  const names = [...new Set(records.map(({ name }) => name))];
  const own = (name) => records.filter((record) => record.name === name);
  const estimates = (header, value, digits) => ({
    kind: "estimate",
    header,
    cells: names.map((name) => estimateOf(own(name).map(value))),
    format: (number) => number.toFixed(digits),
  });
  const last = (key) => (record) => record.spectra.at(-1)?.[key] ?? null;
  const map = toMarkdown({
    title: `Settings searched for a collapse: ${names.length} of ${GRID.length}, ${records.length} runs`,
    columns: [
      { kind: "text", header: "setting", cells: names },
      {
        kind: "text",
        header: "seeds",
        cells: names.map((name) =>
          own(name)
            .map(({ seed }) => seed)
            .join(", "),
        ),
      },
      estimates("grokking begins", ({ grokkingBegins }) => grokkingBegins, 0),
      estimates("peak of test", ({ peak }) => peak, 3),
      estimates("lowest after it, train ≥ 0.99", ({ lowest }) => lowest, 3),
      estimates("test at the end", ({ testAccuracy }) => testAccuracy, 3),
      estimates("train at the end", ({ trainAccuracy }) => trainAccuracy, 3),
      { kind: "text", header: "collapsed", cells: names.map((name) => shareOf(own(name), "collapseBegins")) },
      {
        kind: "text",
        header: "of these, train held",
        cells: names.map((name) => shareOf(own(name), "antiGrokkingBegins")),
      },
      estimates("traps, WeightWatcher", last("trapsWeightWatcher"), 1),
      estimates("traps, calibrated", last("trapsCalibrated"), 1),
      estimates("alpha, mean", last("alpha"), 2),
      estimates("ℓ2 norm", ({ norm }) => norm, 1),
    ],
  });
  const collapsed = records.filter(({ collapseBegins }) => collapseBegins !== null);
  return collapsed.length === 0 ? map : `${map}\n${signals(collapsed)}`;
}

/** Of runs, how many have that. */
function shareOf(records, key) {
  return `${records.filter((record) => record[key] !== null).length} of ${records.length}`;
}

/** Steps of checkpoints lie a factor of 1.8 apart. */
function signals(collapsed) {
  const first = (holds) => ({
    cells: collapsed.map((record) => record.spectra.find(holds)?.step ?? null),
    format: String,
  });
  const text = (header, cell) => ({ kind: "text", header, cells: collapsed.map(cell) });
  return toMarkdown({
    title: "Runs that collapsed: steps, and the first checkpoint with a signal",
    columns: [
      text("setting", ({ name }) => name),
      text("seed", ({ seed }) => String(seed)),
      text("peak", ({ peakStep }) => String(peakStep)),
      text("collapse begins", ({ collapseBegins }) => String(collapseBegins)),
      text("train held", ({ trainHeld }) => (trainHeld ? "yes" : "no")),
      { kind: "number", header: "a trap, WeightWatcher", ...first((at) => at.trapsWeightWatcher > 0) },
      { kind: "number", header: "a trap, calibrated", ...first((at) => at.trapsCalibrated > 0) },
      { kind: "number", header: "alpha below 2", ...first((at) => at.alpha !== null && at.alpha < 2) },
    ],
  });
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
