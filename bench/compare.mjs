// npm run bench:compare
//
// Runs what the stored baseline (bench/baseline.jsonl, JSON lines of solver records) ran, and prints ratios of CPU seconds
// against it. Exit code 1 when something of spectrap's got slower. Options:
//   --results FILE     compare these records, instead of running
//   --baseline FILE    with another baseline
//   --threshold x      slower by this factor counts (default 1.15: on shared machines neighbours move blocked code
//                      by up to a tenth, by their use of caches and memory; a change that matters is larger)
//   --write            run the default set (n = 512, 1024, 2880, five rounds) and store it as the new baseline
// LAPACK is in the set as a control: when it got slower as well, the machine did.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { contender } from "../dist/bench/contenders.js";
import { solverBench } from "../dist/bench/solvers.js";
import { entry } from "../dist/bench/suite.js";
import { machineLine, pins, printTable, readLines, root, short, writeLines } from "./common.mjs";

const { values: args } = parseArgs({
  options: {
    results: { type: "string" },
    baseline: { type: "string", default: join(root, "bench", "baseline.jsonl") },
    threshold: { type: "string", default: "1.15" },
    write: { type: "boolean", default: false },
  },
});
const threshold = Number(args.threshold);
if (!(threshold > 1)) throw new Error(`--threshold is ${args.threshold}, expected a number above 1`);

if (args.write) {
  const entries = [512, 1024, 2880].map((n) => entry("gauss", n));
  const records = await measure({ entries, contenders: ["spectrap", "lapack-syevd"], rounds: 5, seed: 0 });
  writeFileSync(args.baseline, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  console.log(args.baseline);
} else if (!existsSync(args.baseline)) {
  console.error(`there is no baseline ${args.baseline}: npm run bench:compare -- --write makes one`);
  process.exitCode = 2;
} else {
  const baseline = solverRecords(args.baseline);
  const results = args.results === undefined ? await rerun(baseline) : solverRecords(args.results);
  compare(baseline, results);
}

function solverRecords(file) {
  return readLines(file).filter(({ schema }) => schema === "spectrap-bench-solver/1");
}

async function rerun(baseline) {
  const distinct = (key) => [...new Set(baseline.map((record) => record[key]))];
  const entries = [...new Set(baseline.map(({ kind, n, rows }) => JSON.stringify([kind, n, rows ?? n])))];
  const results = await measure({
    entries: entries.map((text) => entry(...JSON.parse(text))),
    contenders: distinct("solver"),
    rounds: baseline[0].rounds,
    seed: baseline[0].seed,
  });
  writeLines("compare.jsonl", results);
  return results;
}

async function measure({ entries, contenders, rounds, seed }) {
  const records = [];
  const run = solverBench({
    entries,
    contenders: contenders.map(contender),
    precisions: ["double", "single"],
    rounds,
    seed,
    command: "npm run bench:compare",
    pin: pins().one,
    onNote: (note) => console.error(note),
  });
  for await (const record of run) records.push(record);
  return records;
}

function compare(baseline, results) {
  const name = ({ solver, precision, kind, n, rows, kernel_choice }) =>
    [solver, precision, kind, rows === null ? `n = ${n}` : `${rows} × ${n}`, kernel_choice]
      .filter(Boolean)
      .join(", ");
  const stored = new Map(baseline.map((record) => [name(record), record]));
  const pairs = results
    .filter((now) => stored.has(name(now)))
    .map((now) => ({ now, before: stored.get(name(now)) }));
  if (pairs.length === 0) throw new Error("the results have nothing that the baseline has");
  const rows = pairs.map(({ now, before }) => {
    const ratio = now.cpu_seconds / before.cpu_seconds;
    return { name: name(now), own: now.solver === "spectrap", ratio, now, before };
  });
  warn(pairs);
  printTable(
    rows.map(({ name: what, ratio, now, before }) => ({
      what,
      "ms then": short(1000 * before.cpu_seconds),
      "ms now": short(1000 * now.cpu_seconds),
      ratio: ratio.toFixed(2),
      "": ratio >= threshold ? "slower" : ratio <= 1 / threshold ? "faster" : "",
    })),
  );
  const missing = [...stored.keys()].filter((key) => !pairs.some(({ now }) => name(now) === key));
  if (missing.length > 0) console.log(`\nnot measured now: ${missing.join("; ")}`);
  const slower = rows.filter(({ own, ratio }) => own && ratio >= threshold);
  if (slower.length === 0) {
    console.log(`\nnothing of spectrap's got slower by ${threshold} or more`);
    return;
  }
  const list = slower.map(({ name: what, ratio }) => `${what} (${ratio.toFixed(2)}×)`);
  console.log(`\nslower: ${list.join("; ")}`);
  process.exitCode = 1;
}

/** What makes ratios doubtful. */
function warn(pairs) {
  const { now, before } = pairs[0];
  if (machineLine(now.machine) !== machineLine(before.machine)) {
    console.log(`another machine: ${machineLine(before.machine)} then, ${machineLine(now.machine)} now`);
  }
  for (const { now: one, before: other } of pairs) {
    if (one.kernel !== other.kernel) {
      console.log(`another kernel: ${one.solver} ran ${other.kernel} then, ${one.kernel} now`);
      break;
    }
  }
  const controls = pairs.filter((pair) => pair.now.solver !== "spectrap");
  const drift = Math.exp(
    controls.reduce((sum, pair) => sum + Math.log(pair.now.cpu_seconds / pair.before.cpu_seconds), 0) /
      controls.length,
  );
  if (controls.length > 0 && (drift >= threshold || drift <= 1 / threshold)) {
    console.log(`the machine itself is not as it was: the others take ${drift.toFixed(2)} times as long`);
  }
}
