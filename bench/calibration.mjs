// npm run bench:calibration
//
// How often the calibrated test of traps errs, and what it finds, beside WeightWatcher's count on the same matrices:
//   1. rejection rates at 5 %, 1 % and 0.1 % for matrices without a trap, by law of the entries and size, with binomial errors;
//      matrices whose tails need the Monte-Carlo reference apart
//   2. power: one planted entry of c·τ, c = 1.0 … 2.0; how often it is found at 1 %, and the right entry named
//   3. masking: one huge entry beside three of 2τ; the mean count, of 4
// Options: --matrices n (default 2000 a cell), --seed n (default 1), --full (more sizes; an hour), --quick (50 matrices),
// --laws a,b (of the first part; then that part alone is run). Writes bench/results/calibration.json and calibration.svg.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tapTraps } from "../dist/analysis/traps.js";
import { fitWeightWatcherMp } from "../dist/index.js";
import { describeDense } from "../dist/solver/dense-matrix.js";
import { machine } from "../dist/solver/machine.js";
import { openSolver } from "../dist/solver/open.js";
import { commandLine, machineLine, printTable, resultsFolder } from "./common.mjs";
import { entries, LAW_NAMES } from "./entry-laws.mjs";
import { lineChart } from "./plot.mjs";

const { values: args } = parseArgs({
  options: {
    matrices: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    full: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    laws: { type: "string" },
  },
});
const seed = Number(args.seed);
const matrices = args.quick ? 50 : Number(args.matrices);
const sizes = [
  [128, 128],
  [256, 128],
  [256, 256],
  [512, 256],
  ...(args.full
    ? [
        [64, 64],
        [512, 128],
        [1024, 128],
        [512, 512],
        [1024, 512],
      ]
    : []),
];
const LEVELS = [0.05, 0.01, 0.001];
/** Laws with entries that make outliers of their own: those are traps, so these cells have no nominal rate. */
const HEAVY = ["t5", "t3"];
/** Enough of the heavy ones, each of which takes twenty further decompositions, and of WeightWatcher's slow fits. */
const FEW = 300;
/** Matrices generated while others are solved. */
const AHEAD = 8;

const solver = openSolver({ solver: "native" });
console.log(machineLine(machine()));
console.log(`seed ${seed}, ${matrices} matrices a cell, kernels ${solver.kernel}\n`);
const started = Date.now();
const levels = await rejection();
const power = args.laws === undefined ? await detection() : [];
const masking = args.laws === undefined ? await masked() : [];
solver.close();

mkdirSync(resultsFolder, { recursive: true });
const record = {
  schema: "spectrap-bench-calibration/1",
  date: new Date().toISOString(),
  command: commandLine("npm run bench:calibration"),
  machine: machine(),
  seed,
  matrices,
  seconds: (Date.now() - started) / 1000,
  levels,
  power,
  masking,
};
writeFileSync(join(resultsFolder, "calibration.json"), `${JSON.stringify(record, null, 1)}\n`);
if (power.length > 0) writeFileSync(join(resultsFolder, "calibration.svg"), powerPlot());
console.log(
  `\n${join(resultsFolder, "calibration.json")} and calibration.svg, ${record.seconds.toFixed(0)} s`,
);

async function rejection() {
  console.log(
    "matrices without a trap: share with a first trap at this level; in brackets standard errors from nominal\n",
  );
  const cells = [];
  for (const [N, M] of sizes) {
    for (const law of args.laws?.split(",") ?? LAW_NAMES) {
      process.stderr.write(`${N}x${M} ${law}\n`);
      const tested = await each(
        HEAVY.includes(law) ? Math.min(FEW, matrices) : matrices,
        (index) => ({ values: entries(law, N, M, seed, index), N, M }),
        law === "mxfp4",
      );
      for (const reference of ["edge", "monte_carlo"]) {
        const those = tested.filter(({ traps }) => (traps.reference === null) === (reference === "edge"));
        if (those.length === 0) continue;
        cells.push({
          law,
          N,
          M,
          reference,
          matrices: those.length,
          rates: LEVELS.map((level) => share(those, ({ traps }) => traps.p <= level)),
          compat: share(fitted(those), ({ spikes }) => spikes > 0),
        });
      }
    }
  }
  printTable(
    cells.map(({ law, N, M, reference, matrices: count, rates, compat }) => ({
      law,
      size: `${N}x${M}`,
      reference,
      matrices: count,
      ...Object.fromEntries(LEVELS.map((level, i) => [percent(level), withError(rates[i], level, count)])),
      "rand_num_spikes > 0": fixed(compat, 4),
    })),
  );
  return cells;
}

async function detection() {
  console.log("\none planted entry of c·τ, Gaussian bulk: found at 1 %, and named among the found\n");
  const cells = [];
  for (const [N, M] of [
    [256, 256],
    [512, 256],
  ]) {
    for (const c of [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2]) {
      const count = Math.max(20, Math.floor(matrices / 5));
      const tested = await each(count, (index) => planted(N, M, index, [c]));
      const found = tested.filter(({ traps }) => traps.copies[0].count > 0);
      const named = found.filter(({ traps, at }) => isAt(traps.origins[0], at[0], M));
      cells.push({
        N,
        M,
        c,
        matrices: count,
        found: found.length / count,
        named: found.length === 0 ? null : named.length / found.length,
        compat: share(fitted(tested), ({ spikes }) => spikes > 0),
      });
    }
  }
  printTable(
    cells.map(({ N, M, c, found, named, compat }) => ({
      size: `${N}x${M}`,
      c: c.toFixed(1),
      found: found.toFixed(3),
      named: named === null ? "–" : named.toFixed(3),
      "rand_num_spikes > 0": fixed(compat, 3),
    })),
  );
  return cells;
}

async function masked() {
  console.log("\none huge entry and three of 2τ, Gaussian bulk: mean count, of 4\n");
  const cells = [];
  for (const [N, M] of [
    [256, 256],
    [512, 256],
    [1024, 128],
  ]) {
    for (const huge of [6, 12, 20, 40, 80, 160]) {
      const tested = await each(args.quick ? 4 : 40, (index) => planted(N, M, index, [huge, 2, 2, 2]));
      cells.push({
        N,
        M,
        huge,
        matrices: tested.length,
        count: mean(tested.map(({ traps }) => traps.copies[0].count)),
        compat: mean(fitted(tested).map(({ spikes }) => spikes)),
      });
    }
  }
  printTable(
    cells.map(({ N, M, huge, count, compat }) => ({
      size: `${N}x${M}`,
      "huge, τ": huge,
      traps: count.toFixed(2),
      rand_num_spikes: compat.toFixed(2),
    })),
  );
  return cells;
}

/** A Gaussian matrix with entries of these sizes in units of τ = (NM)^¼, of either sign, in different rows and columns. */
function planted(N, M, index, margins) {
  const values = entries("gaussian", N, M, seed + 1, index);
  const tau = (N * M) ** 0.25;
  const at = margins.map((margin, k) => {
    const position = ((index * 37 + k * 61) % N) * M + ((index * 53 + k * 29) % M);
    values[position] = (k % 2 === 0 ? 1 : -1) * margin * tau;
    return position;
  });
  return { values, N, M, at };
}

/** Tests `count` matrices; what `make` gives comes back with its traps and WeightWatcher's spikes. Planted ones are shuffled. */
async function each(count, make, shuffle = false) {
  const results = [];
  const running = new Set();
  for (let index = 0; index < count; index++) {
    const made = make(index);
    const shuffled = shuffle || made.at !== undefined;
    const task = test(made, shuffled, index).then((result) => {
      results.push(result);
      running.delete(task);
    });
    running.add(task);
    if (running.size >= AHEAD) await Promise.race(running);
  }
  await Promise.all(running);
  return results;
}

async function test({ values, N, M, at }, shuffle, index) {
  const matrix = { ...describeDense({ values, rows: N, cols: M }), name: `calibration ${index}` };
  const settings = { precision: "double", seed };
  const { taps } = await solver.solve({ matrix, ...settings, replicas: shuffle ? 1 : 0 });
  const [{ moments, eigenvalues, shuffled }] = taps;
  // Independent entries are their own shuffle.
  const copies = shuffle ? shuffled : [eigenvalues];
  const traps = await tapTraps(solver, matrix, 0, { moments, eigenvalues, shuffled: copies }, 0.01, settings);
  if (typeof traps === "string") throw new Error(traps);
  const spikes = index < FEW ? (fitWeightWatcherMp(copies[0], N, M)?.numSpikes ?? 0) : null;
  return { traps, at, spikes };
}

function isAt(origin, position, cols) {
  return origin !== undefined && origin.kind === "entry" && origin.row * cols + origin.col === position;
}

function powerPlot() {
  const line = (N, M, key, name, dashed) => ({
    name: `${name} ${N}×${M}`,
    colour: name,
    dashed,
    points: power.filter((cell) => cell.N === N && cell.M === M).map((cell) => [cell.c, cell[key]]),
  });
  return lineChart({
    title: "One planted entry of c·τ: how often it is found",
    xLabel: "c",
    yLabel: "share found",
    linear: true,
    series: [
      line(256, 256, "found", "calibrated, 1 %", false),
      line(512, 256, "found", "calibrated, 1 %", true),
      line(256, 256, "compat", "rand_num_spikes", false),
      line(512, 256, "compat", "rand_num_spikes", true),
    ],
  });
}

/** Those that WeightWatcher's count was taken of. */
function fitted(tested) {
  return tested.filter(({ spikes }) => spikes !== null);
}

/** "–" of a share of nothing. */
function fixed(value, digits) {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}

function share(all, test) {
  return all.filter(test).length / all.length;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(level) {
  return `${100 * level} %`;
}

function withError(rate, level, count) {
  const error = Math.sqrt((level * (1 - level)) / count);
  const off = (rate - level) / error;
  return `${rate.toFixed(4)} (${off < 0 ? "−" : "+"}${Math.abs(off).toFixed(1)})`;
}
