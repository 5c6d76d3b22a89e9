// npm run bench:solvers
//
// The speed that is promised (bench/targets.mjs) beside what is measured, in one run: medians of five interleaved
// rounds, every run in a fresh process, pinned to the first CPU (two for two cores) where there is `taskset`. Ratios are of
// CPU seconds on one core and of wall seconds on two; LAPACK runs its own kernel and the best one, and the faster counts.
//   1. eigenvalues of Gaussian Gram matrices, n = 1024, 2880, 4096: spectrap and syevd, double and single
//   2. the Gram matrix of 5760 × 2880 in MXFP4 beside dsyrk
//   3. 5760 × 2880 in MXFP4 to its spectrum, on two cores and on one, beside scipy.linalg.svd on two threads; and the shuffle
//      of 5760 × 2880 in BF16
// The floor of 3: N·M² operations at the peak of the product and 4/3·M³ at the FMA peak, both measured in the same
// run, over the cores. The product is the fastest of 16-bit dot products and float32 FMA, any of which can be exact for
// MXFP4; --product names another one.
// Options: --rounds n, --product name, --quick (small matrices, one round: whether it runs, not how fast), --suite (also every
// contender on bench/solvers.json, first; an hour or more). Writes bench/results/solvers.jsonl, suite.jsonl and plots.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inPath, ONE_THREAD, runJson } from "../dist/bench/child.js";
import { CONTENDERS, contender } from "../dist/bench/contenders.js";
import { weights } from "../dist/bench/kinds.js";
import { eigenFlops } from "../dist/bench/record.js";
import { findKernels, runNative } from "../dist/bench/runners.js";
import { solverBench } from "../dist/bench/solvers.js";
import { median } from "../dist/bench/statistics.js";
import { entry, readSuite } from "../dist/bench/suite.js";
import { machine } from "../dist/solver/machine.js";
import { commandLine, machineLine, pins, printTable, root, short, writeLines } from "./common.mjs";
import { writeMatrixFile } from "./matrix-file.mjs";
import { plotSolvers } from "./solver-plots.mjs";
import { targets, verdict } from "./targets.mjs";

const { values: args } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    product: { type: "string" },
    quick: { type: "boolean", default: false },
    suite: { type: "boolean", default: false },
  },
});
const rounds = args.quick ? 1 : Number(args.rounds);
const seed = 0;
const command = commandLine("npm run bench:solvers");
/** Orders of 1., and the shape of 2. and 3.; small ones stand for them with --quick. */
const orders = args.quick ? { 1024: 128, 2880: 256, 4096: 384 } : { 1024: 1024, 2880: 2880, 4096: 4096 };
const shape = args.quick ? { rows: 512, cols: 256 } : { rows: 5760, cols: 2880 };
const pin = pins();
const note = (text) => console.error(text);
const common = { machine: machine(), rounds, seed, command, date: new Date().toISOString() };

console.log(machineLine(common.machine));
if (!inPath("taskset")) note("there is no taskset: runs are not pinned");
const ceilings = await runNative({ task: "ceilings" }, { pin: pin.one });
const product = args.product ?? fastest(["dot_i16", "dot_bf16", "fma_f32"]);
if (ceilings.rates[product] === undefined)
  throw new Error(`--product is none of ${Object.keys(ceilings.rates)}`);
const kernels = await findKernels({ pin: pin.one });
const suite = args.suite ? await runSuite() : [];
const solverRecords = await runSolvers();
const stageRecords = await runStages();
const measured = evaluate();
print();
const ceilingRecord = { schema: "spectrap-bench-ceilings/1", ...ceilings, ...common };
writeLines("solvers.jsonl", [ceilingRecord, ...solverRecords, ...stageRecords, ...measured]);
for (const file of plotSolvers(suite.length > 0 ? suite : solverRecords)) console.log(file);

async function runSuite() {
  const entries = readSuite(join(root, "bench", "solvers.json"));
  const records = await collect({ entries, contenders: CONTENDERS, rounds: Math.min(rounds, 3) });
  writeLines("suite.jsonl", records);
  return records;
}

async function runSolvers() {
  const entries = Object.values(orders).map((n) => entry("gauss", n));
  return await collect({ entries, contenders: ["spectrap", "lapack-syevd"].map(contender), rounds });
}

async function collect(options) {
  const records = [];
  const run = solverBench({
    precisions: ["double", "single"],
    seed,
    command,
    pin: pin.one,
    onNote: note,
    ...options,
  });
  for await (const record of run) records.push(record);
  return records;
}

/** The stages in turn, `rounds` times; medians of each. */
async function runStages() {
  const folder = mkdtempSync(join(tmpdir(), "spectrap-bench-"));
  try {
    const mxfp4 = { file: join(folder, "mxfp4"), encoding: "MXFP4", ...shape };
    const bf16 = { file: join(folder, "bf16"), encoding: "BF16", ...shape };
    const float = join(folder, "float64");
    writeMatrixFile(mxfp4.file, { ...mxfp4, seed });
    writeMatrixFile(bf16.file, { ...bf16, seed });
    writeFileSync(float, Float64Array.from(weights("mxfp4", { n: shape.cols, rows: shape.rows, seed })));
    const items = stageItems(mxfp4, bf16, float);
    const samples = new Map(items.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const { name, run } of items) {
        note(`round ${round + 1} of ${rounds}: ${name}`);
        const sample = await run();
        if (sample !== null) samples.get(name).push(sample);
      }
    }
    return items
      .filter(({ name }) => samples.get(name).length > 0)
      .map(({ name }) => summary(name, samples.get(name)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function stageItems(mxfp4, bf16, float) {
  const stage = (job, cpus) =>
    runJson(
      {
        program: process.execPath,
        args: [join(root, "bench/stage-run.mjs"), JSON.stringify(job)],
        env: ONE_THREAD,
      },
      { pin: cpus },
    );
  const gram = (name, job) => ({
    name,
    run: () => stage({ task: "gram", precision: "double", ...mxfp4, ...job }, pin.one),
  });
  const spectra = (precision, threads) => ({
    name: `spectra-${precision}-${threads}`,
    run: () =>
      stage(
        { task: "spectra", ...mxfp4, precision, threads, matrices: 2 * threads, replicas: 0, warm: true },
        threads === 1 ? pin.one : pin.two,
      ),
  });
  const twoKernels = kernels.own !== kernels.best;
  return [
    gram("gram", { contender: "spectrap", ownKernel: false }),
    ...(kernels.best === null ? [] : [gram("dsyrk", { contender: "syrk", ownKernel: true })]),
    ...(kernels.best === null || !twoKernels
      ? []
      : [gram("dsyrk-best", { contender: "syrk", ownKernel: false })]),
    spectra("double", 1),
    spectra("double", 2),
    spectra("single", 1),
    spectra("single", 2),
    { name: "svd", run: () => svd(float, undefined) },
    ...(twoKernels ? [{ name: "svd-best", run: () => svd(float, kernels.best) }] : []),
    {
      name: "shuffle",
      run: async () => {
        const work = { precision: "single", threads: 1, matrices: 1, replicas: 1, warm: true };
        const job = { task: "spectra", ...bf16, ...work };
        const { stages } = await stage(job, pin.one);
        return { seconds: stages.shuffle, cpuSeconds: null, stages };
      },
    },
  ];
}

/** scipy.linalg.svd of W itself on two threads, as WeightWatcher calls it; null without scipy. */
async function svd(file, kernel) {
  const env = { OPENBLAS_NUM_THREADS: "2", OMP_NUM_THREADS: "2", OPENBLAS_CORETYPE: kernel };
  const script = join(root, "bench/peers/eigenvalues.py");
  const argv = ["double", file, String(shape.cols), String(shape.rows)];
  const result = await runJson(
    { program: "python3", args: [script, "scipy-svd", ...argv], env },
    { pin: pin.two },
  );
  if (result.error === undefined) return { ...result, eigenvalues: undefined };
  note(`scipy is not here: ${result.error.message}`);
  return null;
}

function summary(name, samples) {
  const of = (key) => median(samples.map((sample) => sample[key]));
  const stages = {};
  for (const stage of Object.keys(samples[0].stages ?? {})) {
    stages[stage] = median(samples.map((sample) => sample.stages[stage]));
  }
  return {
    schema: "spectrap-bench-stage/1",
    name,
    ...shape,
    kernel: samples[0].kernel ?? null,
    library: samples[0].library ?? null,
    seconds: of("seconds"),
    cpu_seconds: samples[0].cpuSeconds === null ? null : of("cpuSeconds"),
    seconds_min: Math.min(...samples.map(({ seconds }) => seconds)),
    seconds_max: Math.max(...samples.map(({ seconds }) => seconds)),
    stages,
    ...common,
  };
}

function fastest(names) {
  const rate = (name) => ceilings.rates[name] ?? 0;
  return names.reduce((best, name) => (rate(name) > rate(best) ? name : best));
}

/** Seconds that `cores` cores need at least for N × M to its spectrum. */
function floorSeconds(precision, cores) {
  const { rows: N, cols: M } = shape;
  const { rates } = ceilings;
  const fma = rates[precision === "double" ? "fma_f64" : "fma_f32"];
  return ((N * M ** 2) / rates[product] + eigenFlops(M) / fma) / cores;
}

function evaluate() {
  const stage = (name) => stageRecords.find((record) => record.name === name);
  const solver = (name, precision, n) =>
    solverRecords.filter((r) => r.solver === name && r.precision === precision && r.n === orders[n]);
  const values = new Map();
  const set = (name, value, wall = null) => {
    if (Number.isFinite(value)) values.set(name, { value, wall: Number.isFinite(wall) ? wall : null });
  };
  const least = (records, key) => Math.min(...records.filter(Boolean).map((record) => record[key]));
  const eigen = (precision, n) => {
    const [own] = solver("spectrap", precision, n);
    const peers = solver("lapack-syevd", precision, n);
    const ratio = (key) => least(peers, key) / own[key];
    set(`${precision}-${n}`, ratio("cpu_seconds"), ratio("seconds"));
  };
  for (const [precision, n] of [
    ["double", 2880],
    ["single", 2880],
    ["double", 1024],
    ["double", 4096],
  ]) {
    eigen(precision, n);
  }
  const syrk = [stage("dsyrk"), stage("dsyrk-best")];
  set(
    "gram",
    least(syrk, "cpu_seconds") / stage("gram").cpu_seconds,
    least(syrk, "seconds") / stage("gram").seconds,
  );
  const svdSeconds = least([stage("svd"), stage("svd-best")], "seconds");
  for (const precision of ["double", "single"]) {
    const { seconds } = stage(`spectra-${precision}-2`);
    set(`floor-${precision}`, (100 * floorSeconds(precision, 2)) / seconds);
    set(`svd-${precision}`, svdSeconds / seconds);
  }
  set("throughput", stage("spectra-double-1").seconds / stage("spectra-double-2").seconds);
  set("shuffle", 1000 * stage("shuffle").seconds);
  return targets.map((target) => {
    const { value = null, wall = null } = values.get(target.name) ?? {};
    const reached = value === null || args.quick ? "not measured" : verdict(target, value);
    return {
      schema: "spectrap-bench-target/1",
      ...target,
      value,
      wall,
      verdict: reached,
      product,
      quick: args.quick,
      ...common,
    };
  });
}

function print() {
  const { rates, isa, clock } = ceilings;
  const giga = Object.entries(rates).map(([name, rate]) => `${name} ${short(rate / 1e9)}`);
  console.log(
    `\none core, ${isa}, ${short(clock / 1e9)} GHz; G operations or GB per second: ${giga.join(", ")}`,
  );
  console.log(`the floor of the Gram matrix counts ${product}`);
  console.log(`kernels of the BLAS: ${kernels.own ?? "none"} by itself, ${kernels.best ?? "none"} at best`);
  console.log(`\neigenvalues, median of ${rounds}\n`);
  printTable(
    solverRecords.map((r) => ({
      solver: r.solver,
      precision: r.precision,
      kernel: `${r.kernel}${r.kernel_choice === "best" ? " (best)" : ""}`,
      n: r.n,
      "wall ms": short(1000 * r.seconds),
      "CPU ms": short(1000 * r.cpu_seconds),
      "of peak": `${short(100 * r.fraction_of_peak)} %`,
      "error/λmax": r.max_error_over_lambda_max?.toExponential(1) ?? "–",
    })),
  );
  console.log(`\n${shape.rows}×${shape.cols}, seconds for one matrix\n`);
  printTable(
    stageRecords.map((r) => ({
      what: r.name,
      "wall ms": short(1000 * r.seconds),
      "CPU ms": r.cpu_seconds === null ? "–" : short(1000 * r.cpu_seconds),
      "by stage, ms": Object.entries(r.stages)
        .map(([name, seconds]) => `${name} ${short(1000 * seconds)}`)
        .join(", "),
    })),
  );
  if (args.quick) console.log("\n--quick: small matrices stand for the real ones, these are no measurements");
  console.log("");
  printTable(
    measured.map(({ text, unit, must, goal, stretch, value, verdict: reached }) => ({
      target: text,
      measured: value === null ? "–" : short(value),
      must,
      goal,
      stretch: stretch ?? "",
      unit,
      reached,
    })),
  );
}
