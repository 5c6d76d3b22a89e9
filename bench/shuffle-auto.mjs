// npm run bench:auto
//
// `analyze` with every shuffled copy decomposed, and with those only that the entries call for (--shuffle auto): CPU seconds of
// the process, on one layer with embedding and head of a synthetic dense checkpoint, without traps and with traps in a third of the
// matrices. The two take turns; medians of the rounds. The run fails if they do not find the same traps.
// Options: --hidden n (default 1024), --rounds n (default 3), --threads n (default 1). Writes bench/results/shuffle-auto.jsonl.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { analyze } from "../dist/analysis/analyze.js";
import { median } from "../dist/bench/statistics.js";
import { synthesize } from "../dist/checkpoint/synth/synthesize.js";
import { machine } from "../dist/solver/machine.js";
import { commandLine, machineLine, printTable, short, writeLines } from "./common.mjs";

const { values: args } = parseArgs({
  options: {
    hidden: { type: "string", default: "1024" },
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: "1" },
  },
});
const [hidden, rounds, threads] = [args.hidden, args.rounds, args.threads].map(Number);

const common = {
  schema: "spectrap-bench-shuffle-auto/1",
  machine: machine(),
  command: commandLine("npm run bench:auto"),
  date: new Date().toISOString(),
};
console.log(machineLine(common.machine));
const records = [];
for (const traps of ["none", "planted"]) {
  const folder = mkdtempSync(join(tmpdir(), "spectrap-bench-"));
  try {
    await synthesize(folder, { shape: "dense", hidden, layers: 1, vocab: 4 * hidden, traps, seed: 1 });
    records.push({ traps, hidden, rounds, threads, ...(await measure(folder)), ...common });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
printTable(records.map(row));
writeLines("shuffle-auto.jsonl", records);

function row({ traps, matrices, withTraps, confirmed, always, auto }) {
  return {
    planted: traps,
    matrices,
    "with traps": withTraps,
    decomposed: confirmed,
    "always CPU s": short(always),
    "auto CPU s": short(auto),
    "of always": `${((100 * auto) / always).toFixed(0)} %`,
  };
}

async function measure(folder) {
  const seconds = { always: [], auto: [] };
  const found = {};
  for (let round = 0; round < rounds; round++) {
    for (const shuffle of ["always", "auto"]) {
      const before = process.cpuUsage();
      found[shuffle] = [];
      for await (const row of analyze(folder, { shuffle, threads })) found[shuffle].push(row);
      const { user, system } = process.cpuUsage(before);
      seconds[shuffle].push((user + system) / 1e6);
    }
  }
  const counts = (rows) => JSON.stringify(rows.map(({ name, traps }) => [name, traps]));
  if (counts(found.always) !== counts(found.auto)) throw new Error("auto does not find the traps of always");
  return {
    matrices: found.auto.length,
    withTraps: found.always.filter(({ traps }) => traps > 0).length,
    confirmed: found.auto.filter(({ trapEvidence }) => trapEvidence === "confirmed").length,
    always: median(seconds.always),
    auto: median(seconds.auto),
  };
}
