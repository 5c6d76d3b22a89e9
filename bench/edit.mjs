// npm run bench:edit
//
// What an edit costs: one expert's gate of 2880 × 2880 in MXFP4 without one entry, without one component of its shuffled copy, and
// with its 10 and its 1440 largest singular values alone. All experts of the layer become BF16 with it, 12 matrices, and the new
// checkpoint is written; the analyses before and after, which `remove` and `smooth` add, are not counted. Each edit is a process of
// its own. Options: --rounds n (default 3; medians), --threads n (default 1), --quick (a layer of 256, one round, nothing written).
// Writes bench/results/edit.jsonl.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "../dist/bench/statistics.js";
import { synthesize } from "../dist/checkpoint/synth/synthesize.js";
import { machine } from "../dist/solver/machine.js";
import { commandLine, machineLine, printTable, short, writeLines } from "./common.mjs";
import { benchFolder, realSizeLayer } from "./layer.mjs";

const { values: args } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: "1" },
    quick: { type: "boolean", default: false },
  },
});
const rounds = args.quick ? 1 : Number(args.rounds);
const name = "layers.0.experts.0.gate";
const side = args.quick ? 256 : 2880;
const edits = [
  ["one entry", { kind: "entry", row: 0, column: 0 }],
  ["one component", { kind: "component", index: 1 }],
  ["the 10 largest singular values", { kind: "keep", top: 10 }],
  [`the ${side / 2} largest`, { kind: "keep", top: side / 2 }],
];
const common = {
  schema: "spectrap-bench-edit/1",
  machine: machine(),
  command: commandLine("npm run bench:edit"),
  date: new Date().toISOString(),
  threads: Number(args.threads),
  rounds,
};
console.log(machineLine(common.machine));
mkdirSync(benchFolder, { recursive: true });
const folder = mkdtempSync(join(benchFolder, "edit-"));
const records = [];
try {
  const checkpoint = args.quick ? await smallLayer() : realSizeLayer();
  const samples = edits.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, [, edit]] of edits.entries()) samples[i].push(run(checkpoint, edit));
  }
  for (const [i, [what, edit]] of edits.entries()) {
    const of = (key) => samples[i].map((sample) => sample[key]);
    records.push({
      what,
      edit,
      side,
      seconds: median(of("seconds")),
      cpu_seconds: median(of("cpu_seconds")),
      peakBytes: Math.max(...of("peakBytes")),
      ...common,
    });
  }
} finally {
  rmSync(folder, { recursive: true });
}
printTable(
  records.map(({ what, seconds, cpu_seconds, peakBytes }) => ({
    edit: what,
    "wall s": short(seconds),
    "CPU s": short(cpu_seconds),
    "peak MiB": Math.round(peakBytes / 2 ** 20),
  })),
);
if (!args.quick) writeLines("edit.jsonl", records);

function run(checkpoint, edit) {
  const out = join(folder, "out");
  const argv = ["bench/edit-run.mjs", checkpoint, name, JSON.stringify(edit), out, args.threads];
  try {
    return JSON.parse(execFileSync("node", argv, { encoding: "utf8" }));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function smallLayer() {
  const small = join(folder, "layer");
  const sizes = { layers: 1, experts: 2, hidden: side, intermediate: side, vocab: 256 };
  await synthesize(small, { ...sizes, traps: "none", seed: 1 });
  return small;
}
