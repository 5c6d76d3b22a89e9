// node bench/report.mjs
//
// Writes the tables of docs/performance.md from bench/results: each stands between two marks,
// <!-- begin NAME --> and <!-- end NAME -->, and is left alone when its results are not there. The plots go into a folder
// beside the page.
// Options: --results FOLDER, --page FILE.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import {
  machineLine,
  markdownTable,
  readLines,
  resultsFolder,
  root,
  short,
  writeSections,
} from "./common.mjs";

const { values: args } = parseArgs({
  options: {
    results: { type: "string", default: resultsFolder },
    page: { type: "string", default: join(root, "docs", "performance.md") },
  },
});
const solvers = results("solvers.jsonl");
const growth = results("growth.jsonl");
const pipeline = existsSync(file("pipeline.json"))
  ? JSON.parse(readFileSync(file("pipeline.json"), "utf8"))
  : null;

const sections = {
  machine: () => machine(of(solvers, "ceilings")[0]),
  targets: () => table(of(solvers, "target"), targetRow, "the promises"),
  eigenvalues: () => table(of(solvers, "solver"), eigenRow, "eigenvalues"),
  suite: () => table(results("suite.jsonl"), suiteRow, "every contender"),
  plots: () => plots(),
  stages: () => stages(of(solvers, "ceilings")[0], of(solvers, "target")[0]),
  growth: () =>
    table(
      of(growth, "growth").filter(({ axis }) => axis === "n"),
      growthRow,
      "growth",
    ),
  exponents: () => table(of(growth, "fit"), fitRow, "exponents"),
  edits: () => table(results("edit.jsonl"), editRow, "edits of one matrix, one layer written"),
  pipeline: () => (pipeline === null ? null : pipelineTable()),
  models: () => (pipeline?.comparison ? modelsTable() : null),
};

writeSections(
  args.page,
  Object.fromEntries(Object.entries(sections).map(([name, section]) => [name, section()])),
);

function file(name) {
  return join(args.results, name);
}

function results(name) {
  return existsSync(file(name)) ? readLines(file(name)) : [];
}

function of(records, kind) {
  return records.filter(({ schema }) => schema === `spectrap-bench-${kind}/1`);
}

/** A Markdown table with its origin below it; null without records. */
function table(records, toRow, caption) {
  if (records.length === 0) return null;
  return `${markdownTable(records.map(toRow))}\n\n${origin(records[0], caption)}`;
}

/** Date, machine and command, below every table. */
function origin({ date, machine: where, command, rounds }, caption) {
  const medians = rounds > 1 ? `; medians of ${rounds} rounds` : "";
  return `*${caption}: ${date.slice(0, 10)}, ${machineLine(where)}; \`${command}\`${medians}.*`;
}

function machine(ceilings) {
  if (ceilings === undefined) return null;
  const units = { read: "GB/s", triad: "GB/s" };
  const rows = Object.entries(ceilings.rates).map(([name, rate]) => ({
    ceiling: name,
    "one core": short(rate / 1e9),
    unit: units[name] ?? "G operations/s",
  }));
  const clock = `The core ran at ${short(ceilings.clock / 1e9)} GHz; the instruction set is ${ceilings.isa}.`;
  return `${markdownTable(rows)}\n\n${clock}\n\n${origin(ceilings, "ceilings")}`;
}

function targetRow({ text, unit, must, goal, stretch, value, wall, verdict }) {
  return {
    "same machine, same run": text,
    measured: value === null ? "–" : `${short(value)}`,
    "by the wall": wall === null ? "" : short(wall),
    must,
    goal,
    stretch: stretch ?? "",
    unit,
    reached: verdict,
  };
}

function eigenRow(record) {
  const { solver, precision, kernel, kernel_choice, n, seconds, cpu_seconds, fraction_of_peak } = record;
  const error = record.max_error_over_lambda_max;
  return {
    solver,
    precision,
    kernel: `${kernel ?? ""}${kernel_choice === "best" ? " (best)" : ""}`,
    n,
    "wall ms": milliseconds(seconds),
    "CPU ms": milliseconds(cpu_seconds),
    "of the FMA peak": `${(100 * fraction_of_peak).toFixed(1)} %`,
    "error/λmax": error === null ? "–" : error.toExponential(1),
  };
}

function suiteRow(record) {
  const { kind, rows, n, reference } = record;
  const { solver, ...others } = eigenRow(record);
  return { solver, kind: rows === null ? kind : `${kind} ${rows}×${n}`, ...others, against: reference ?? "" };
}

/** Where the time of one matrix goes, on one core, beside the least it could take. */
function stages(ceilings, target) {
  const records = of(solvers, "stage").filter(({ name }) => /^spectra-.*-1$/.test(name));
  if (records.length === 0 || ceilings === undefined) return null;
  const rows = records.flatMap((record) => {
    const precision = record.name.split("-")[1];
    const { rows: N, cols: M } = record;
    const floors = {
      gram: (N * M ** 2) / ceilings.rates[target.product],
      reduce: (4 * M ** 3) / 3 / ceilings.rates[precision === "double" ? "fma_f64" : "fma_f32"],
    };
    return Object.entries(record.stages)
      .filter(([, seconds]) => seconds > 0)
      .map(([stage, seconds]) => ({
        precision,
        stage,
        ms: milliseconds(seconds),
        "of all": `${((100 * seconds) / record.seconds).toFixed(0)} %`,
        "floor ms": floors[stage] === undefined ? "" : milliseconds(floors[stage]),
        "of the floor":
          floors[stage] === undefined ? "" : `${((100 * floors[stage]) / seconds).toFixed(0)} %`,
      }));
  });
  const [{ rows: N, cols: M }] = records;
  return `${markdownTable(rows)}\n\n${origin(records[0], `${N}×${M} in MXFP4, one core; the Gram's floor counts ${target.product}`)}`;
}

/** Copies the plots beside the page, and shows them; null without any. */
function plots() {
  const shown = [
    ["time.svg", "CPU seconds against the order"],
    ["peak.svg", "fraction of the FMA peak against the order"],
    ["error.svg", "largest error against the order"],
  ].filter(([plot]) => existsSync(file(plot)));
  if (shown.length === 0) return null;
  const folder = join(dirname(args.page), "performance");
  mkdirSync(folder, { recursive: true });
  for (const [plot] of shown) copyFileSync(file(plot), join(folder, plot));
  return shown.map(([plot, text]) => `![${text}](performance/${plot})`).join("\n\n");
}

function growthRow({ n, threads, seconds, cpu_seconds, stages: parts }) {
  const cells = Object.entries(parts).map(([stage, s]) => [`${stage} s`, short(s)]);
  return { n, threads, "wall s": short(seconds), "CPU s": short(cpu_seconds), ...Object.fromEntries(cells) };
}

function fitRow({ axis, name, exponent, worst }) {
  return {
    seconds: name,
    "grow with": axis,
    "to the power": exponent.toFixed(2),
    "furthest point": worst.toFixed(2),
  };
}

function editRow({ what, seconds, cpu_seconds, peakBytes }) {
  return {
    edit: what,
    "wall s": short(seconds),
    "CPU s": short(cpu_seconds),
    "peak MiB": Math.round(peakBytes / 2 ** 20),
  };
}

function pipelineTable() {
  const { runs, ceilings, command, date, machine: where } = pipeline;
  const rows = runs.flatMap(({ threads, shuffle, stages: parts, work }) =>
    Object.entries(parts)
      .filter(([, seconds]) => seconds > 0)
      .map(([stage, seconds]) => {
        const { amount, unit, ceiling } = work[stage] ?? {};
        const rate = amount === undefined ? undefined : amount / seconds;
        return {
          threads,
          shuffle,
          stage,
          s: short(seconds),
          rate: rate === undefined ? "" : `${short(rate / 1e9)} ${unit}`,
          "of the ceiling": ceiling
            ? `${((100 * rate) / ceilings.rates[ceiling]).toFixed(0)} % of ${ceiling}`
            : "",
        };
      }),
  );
  const whole = runs.map((run) => ({
    threads: run.threads,
    shuffle: run.shuffle,
    "wall s": run.wall.toFixed(1),
    "CPU s": run.cpu.toFixed(1),
    "GFLOP/s": short(run.flops / run.wall / 1e9),
    "peak MiB": Math.round(run.peakBytes / 2 ** 20),
  }));
  return `${markdownTable(whole)}\n\n${markdownTable(rows)}\n\n${origin({ command, date, machine: where }, "one GPT-OSS layer of real size; seconds by stage are summed over threads")}`;
}

/** Shapes of the published models and how often they occur. Routers, embedding and head are left out on both sides. */
function modelsTable() {
  const models = [
    { name: "GPT-OSS-20B", layers: 24, experts: 32 },
    { name: "GPT-OSS-120B", layers: 36, experts: 128 },
  ];
  const rows = models.map(({ name, layers, experts }) => {
    const counts = {
      "2880x2880": 3 * experts * layers,
      "4096x2880": layers,
      "2880x4096": layers,
      "512x2880": 2 * layers,
    };
    const hours = (who) =>
      pipeline.comparison.reduce((sum, { shape, cpu }) => sum + counts[shape] * cpu[who], 0) / 3600;
    const peer = Math.min(hours("byItself"), hours("best"));
    return {
      model: name,
      matrices: Object.values(counts).reduce((a, b) => a + b),
      "spectrap, core hours": short(hours("spectrap")),
      "WeightWatcher's algebra, core hours": short(peer),
      ratio: (peer / hours("spectrap")).toFixed(1),
    };
  });
  const { command, date, machine: where } = pipeline;
  return `${markdownTable(rows)}\n\n${origin({ command, date, machine: where }, "multiplied out from one matrix of each shape, not run")}`;
}

function milliseconds(seconds) {
  const value = 1000 * seconds;
  return value >= 100 ? value.toFixed(0) : short(value);
}
