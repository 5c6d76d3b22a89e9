// npm run bench:aspect
//
// What the aspect ratio alone does to the exponents: Gaussian matrices of M columns and Q·M rows, Q from 1 to 90 as in
// GPT-OSS. Of each Q the mean and the deviation over the seeds of alpha (its start searched for), alpha_hill (upper half) and
// alpha_farms (upper half of the pooled spectra of square windows). Options: --columns M (default 256), --seeds n (default
// 12), --quick (64 columns, 3 seeds, nothing written). Writes bench/results/aspect.jsonl. About a minute on two cores.
import { parseArgs } from "node:util";
import { squareWindows } from "../dist/analysis/farms.js";
import { weights } from "../dist/bench/kinds.js";
import { machine } from "../dist/solver/machine.js";
import { openSolver } from "../dist/solver/open.js";
import { fitPowerLaw, hillExponent } from "../dist/spectrum/index.js";
import { commandLine, machineLine, printTable, writeLines } from "./common.mjs";

const { values: args } = parseArgs({
  options: {
    columns: { type: "string" },
    seeds: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
const M = Number(args.columns ?? (args.quick ? 64 : 256));
const seeds = Number(args.seeds ?? (args.quick ? 3 : 12));
const ratios = [1, 2, 4, 16, 64, 90];
const exponents = ["alpha", "alpha_hill", "alpha_farms"];
const command = commandLine("npm run bench:aspect");
const common = { columns: M, seeds, machine: machine(), command, date: new Date().toISOString() };

console.log(`${machineLine(common.machine)}\n${M} columns, ${seeds} seeds from 0\n`);
const solver = openSolver({});
const records = [];
try {
  for (const Q of ratios) {
    const samples = [];
    for (let seed = 0; seed < seeds; seed++) samples.push(await measure(Q, seed));
    const of = (name) => moments(samples.map((sample) => sample[name]));
    const measured = Object.fromEntries(exponents.map((name) => [name, of(name)]));
    records.push({ schema: "spectrap-bench-aspect/1", Q, ...measured, ...common });
  }
} finally {
  solver.close();
}
const shown = ({ mean, deviation }) => `${mean.toFixed(2)} ± ${deviation.toFixed(2)}`;
const spread = (name) => {
  const means = records.map((record) => record[name].mean);
  return Math.max(...means) - Math.min(...means);
};
printTable([
  ...records.map(({ Q, ...record }) => ({
    Q,
    ...Object.fromEntries(exponents.map((name) => [name, shown(record[name])])),
  })),
  { Q: "spread", ...Object.fromEntries(exponents.map((name) => [name, spread(name).toFixed(2)])) },
]);
if (!args.quick) writeLines("aspect.jsonl", records);

async function measure(Q, seed) {
  const matrix = {
    name: "gauss",
    tensor: "gauss",
    role: "dense",
    layer: null,
    expert: null,
    rows: Q * M,
    cols: M,
    taps: 1,
    source: { encoding: "F32", values: weights("gauss", { n: M, rows: Q * M, seed }) },
  };
  const [whole, ...windows] = await Promise.all([matrix, ...squareWindows(matrix)].map(spectrum));
  return {
    alpha: fitPowerLaw(whole).alpha,
    alpha_hill: hillExponent(whole),
    alpha_farms: hillExponent(Float64Array.from(windows.flatMap((values) => [...values])).sort()),
  };
}

async function spectrum(matrix) {
  const { taps } = await solver.solve({ matrix, precision: "double", seed: 0, replicas: 0 });
  return taps[0].eigenvalues;
}

/** Mean over the seeds, and the deviation of one of them. */
function moments(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}
