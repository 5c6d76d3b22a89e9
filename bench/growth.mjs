// npm run bench:growth
//
// How time grows, with exponents fitted by least squares on logarithms:
//   1. with the order: n × n in MXFP4 to its spectrum, n from 256 to 8192, on one thread and on two; in all and by stage
//   2. with the number: 1 to 256 matrices of 512 × 256, on one thread and on two
// Every run in a fresh process; medians of the rounds, one round above n = 2880. Options: --rounds n (default 3),
// --precision double|single, --quick (n to 256, 16 matrices, one round). Writes bench/results/growth.jsonl.
// The whole ladder needs 2 GB and, on two AVX2 cores, some twenty minutes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ONE_THREAD, runJson } from "../dist/bench/child.js";
import { fitPower, median } from "../dist/bench/statistics.js";
import { machine } from "../dist/solver/machine.js";
import { commandLine, machineLine, pins, printTable, root, short, writeLines } from "./common.mjs";
import { writeMatrixFile } from "./matrix-file.mjs";

const { values: args } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    precision: { type: "string", default: "double" },
    quick: { type: "boolean", default: false },
  },
});
const rounds = args.quick ? 1 : Number(args.rounds);
const orders = args.quick ? [64, 128, 256] : [256, 512, 1024, 2048, 2880, 4096, 8192];
const counts = args.quick ? [1, 4, 16] : [1, 4, 16, 64, 256];
const command = commandLine("npm run bench:growth");
const common = { precision: args.precision, machine: machine(), command, date: new Date().toISOString() };

console.log(machineLine(common.machine));
const pin = pins();
const folder = mkdtempSync(join(tmpdir(), "spectrap-bench-"));
const byOrder = [];
const byCount = [];
try {
  for (const n of orders) {
    for (const threads of [1, 2]) {
      const measured = await measure({ rows: n, cols: n, threads, matrices: 2 }, n > 2880 ? 1 : rounds);
      byOrder.push({ schema: "spectrap-bench-growth/1", axis: "n", n, threads, ...measured, ...common });
    }
  }
  for (const matrices of counts) {
    for (const threads of [1, 2]) {
      const { seconds, ...measured } = await measure({ rows: 512, cols: 256, threads, matrices }, rounds);
      const total = { ...measured, seconds: matrices * seconds };
      byCount.push({
        schema: "spectrap-bench-growth/1",
        axis: "matrices",
        matrices,
        threads,
        ...total,
        ...common,
      });
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
const fits = [...orderFits(), ...countFits()];
print();
writeLines("growth.jsonl", [...byOrder, ...byCount, ...fits]);

/** Medians for one matrix. Above n = 2880 the first touch of the buffers is no part worth a second solution. */
async function measure({ rows, cols, threads, matrices }, times) {
  const matrix = { file: join(folder, "matrix"), encoding: "MXFP4", rows, cols };
  writeMatrixFile(matrix.file, { ...matrix, seed: 0 });
  const job = { task: "spectra", ...matrix, precision: args.precision, threads, matrices, replicas: 0 };
  const argv = [join(root, "bench/stage-run.mjs"), JSON.stringify({ ...job, warm: cols <= 2880 })];
  const samples = [];
  for (let round = 0; round < times; round++) {
    const cpus = threads === 1 ? pin.one : pin.two;
    samples.push(await runJson({ program: process.execPath, args: argv, env: ONE_THREAD }, { pin: cpus }));
  }
  const stages = {};
  for (const stage of Object.keys(samples[0].stages)) {
    stages[stage] = median(samples.map((sample) => sample.stages[stage]));
  }
  const of = (key) => median(samples.map((sample) => sample[key]));
  return { rounds: times, seconds: of("seconds"), cpu_seconds: of("cpuSeconds"), stages };
}

function orderFits() {
  const alone = byOrder.filter(({ threads }) => threads === 1);
  const named = [
    ["all, one thread", alone, (record) => record.seconds],
    ["all, two threads", byOrder.filter(({ threads }) => threads === 2), (record) => record.seconds],
    ...Object.keys(alone[0].stages).map((stage) => [stage, alone, (record) => record.stages[stage]]),
  ];
  return named.flatMap(([name, records, y]) => fitRecord("n", name, records, ({ n }) => n, y));
}

function countFits() {
  return [1, 2].flatMap((threads) => {
    const records = byCount.filter((record) => record.threads === threads);
    const name = threads === 1 ? "all, one thread" : "all, two threads";
    return fitRecord(
      "matrices",
      name,
      records,
      ({ matrices }) => matrices,
      (record) => record.seconds,
    );
  });
}

/** A stage that took no time at some size has no exponent. */
function fitRecord(axis, name, records, x, y) {
  const points = records.map((record) => ({ x: x(record), y: y(record) })).filter((point) => point.y > 0);
  const fit = points.length === records.length ? fitPower(points) : null;
  return fit === null ? [] : [{ schema: "spectrap-bench-fit/1", axis, name, ...fit, ...common }];
}

function print() {
  console.log(`\nn × n in MXFP4 to its spectrum, ${args.precision}, seconds for one matrix\n`);
  const pair = (records, key, value) => records.find((r) => r[key] === value[key] && r.threads === 2).seconds;
  printTable(
    byOrder
      .filter(({ threads }) => threads === 1)
      .map((record) => ({
        n: record.n,
        "1 thread": short(record.seconds),
        "2 threads": short(pair(byOrder, "n", record)),
        "2 over 1": short(record.seconds / pair(byOrder, "n", record)),
        ...Object.fromEntries(Object.entries(record.stages).map(([name, s]) => [name, short(s)])),
      })),
  );
  console.log("\nmatrices of 512 × 256, seconds for all\n");
  printTable(
    byCount
      .filter(({ threads }) => threads === 1)
      .map((record) => ({
        matrices: record.matrices,
        "1 thread": short(record.seconds),
        "2 threads": short(pair(byCount, "matrices", record)),
        "2 over 1": short(record.seconds / pair(byCount, "matrices", record)),
      })),
  );
  console.log("\nfitted: seconds grow with this power, and no point is further off than the factor\n");
  printTable(
    fits.map(({ axis, name, exponent, worst }) => ({
      of: name,
      with: axis,
      exponent: exponent.toFixed(2),
      factor: worst.toFixed(2),
    })),
  );
}
