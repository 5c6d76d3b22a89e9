// npm run bench:pipeline
//
// One GPT-OSS layer of real size (hidden 2880, 4 experts, attention, embeddings of 4096 rows), every matrix and
// one shuffled copy of it:
//   1. the whole layer on 1 and on 2 threads, and on 2 without the copy: seconds, GB/s or GFLOP/s by stage beside the
//      ceilings of one core, peak memory;
//   2. each shape of the layer beside numpy doing what WeightWatcher does to it (three float64 SVDs), one thread
//      each, in turn within each round, CPU seconds, medians; numpy with the kernel its OpenBLAS picks by itself
//      and with the one spectrap picks.
// Options: --solver native|lapack (default native), --rounds n (default 3), --quick (one round, expert shape only).
// Prints tables, writes bench/results/pipeline.json. Every contender runs in a process of its own.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runNative } from "../dist/bench/runners.js";
import { median } from "../dist/bench/statistics.js";
import { diagnose } from "../dist/solver/doctor.js";
import { commandLine, printTable, resultsFolder, short } from "./common.mjs";
import { realSizeLayer } from "./layer.mjs";

const { values: args } = parseArgs({
  options: {
    solver: { type: "string", default: "native" },
    rounds: { type: "string", default: "3" },
    quick: { type: "boolean", default: false },
  },
});
const rounds = args.quick ? 1 : Number(args.rounds);

const peer = "bench/peers/weightwatcher_svd.py";

/** One matrix of each shape of the layer, and how many the layer has. */
const shapes = [
  { shape: "2880x2880", layer: "layers.0.experts.0.gate", count: 12 },
  { shape: "4096x2880", layer: "layers.0.q_proj", count: 3 },
  { shape: "2880x4096", layer: "layers.0.o_proj", count: 1 },
  { shape: "512x2880", layer: "layers.0.k_proj", count: 2 },
].slice(0, args.quick ? 1 : 4);

const checkpoint = realSizeLayer();
const ceilings = await runNative({ task: "ceilings" }, {});
const runs = [
  [1, "always"],
  [2, "always"],
  [2, "never"],
].map(([threads, shuffle]) => analyse(threads, shuffle));
printRuns(runs);
printStages(runs);

const python = findPython();
const comparison = python === undefined ? undefined : compare(python);
if (comparison === undefined)
  console.log("\nno Python with numpy here: no comparison with WeightWatcher's work");
else printComparison(comparison);

const result = {
  command: commandLine("npm run bench:pipeline"),
  date: new Date().toISOString(),
  machine: runs[0].run.machine,
  ceilings,
  runs,
  comparison,
};
mkdirSync(resultsFolder, { recursive: true });
writeFileSync(`${resultsFolder}/pipeline.json`, `${JSON.stringify(result, undefined, 2)}\n`);

function analyse(threads, shuffle, ...layers) {
  const argv = ["bench/pipeline-run.mjs", checkpoint, String(threads), shuffle, args.solver, ...layers];
  return JSON.parse(execFileSync("node", argv, { encoding: "utf8", maxBuffer: 2 ** 24 }));
}

/** The first Python that imports numpy: the system's before whatever is first in PATH. */
function findPython() {
  return ["/usr/bin/python3", "python3"].find(
    (candidate) => spawnSync(candidate, ["-c", "import numpy"], { stdio: "ignore" }).status === 0,
  );
}

function compare(python) {
  const { blas } = diagnose();
  const best = blas.trouble === null && blas.kernel !== "" ? { OPENBLAS_CORETYPE: blas.kernel } : {};
  const svd = (shape, variables) => {
    const env = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", ...variables };
    return JSON.parse(execFileSync(python, [peer, shape], { env, encoding: "utf8" }));
  };
  return shapes.map(({ shape, layer, count }) => {
    const samples = { spectrap: [], byItself: [], best: [] };
    let kernels = {};
    for (let round = 0; round < rounds; round++) {
      samples.spectrap.push(analyse(1, "always", layer).cpu);
      const byItself = svd(shape, {});
      const withBest = svd(shape, best);
      samples.byItself.push(byItself.cpu);
      samples.best.push(withBest.cpu);
      kernels = { byItself: byItself.kernel, best: withBest.kernel };
    }
    const cpu = Object.fromEntries(Object.entries(samples).map(([who, times]) => [who, median(times)]));
    return { shape, count, cpu, kernels, samples };
  });
}

function printRuns([run]) {
  const { machine, solver } = run.run;
  const memory = `${(machine.memory / 2 ** 30).toFixed(0)} GiB`;
  console.log(
    `\n${machine.cpu}, ${machine.cores} cores, ${memory}, ${machine.platform}, Node ${machine.node}`,
  );
  const library = solver.blas === null ? "" : `${solver.blas.library}, ${solver.blas.threading}, `;
  console.log(`solver ${solver.name}: ${library}kernel ${solver.kernel}`);
  console.log(`\none layer, ${run.matrices} matrices, ${run.problems} spectra, ${tera(run.flops)} TFLOP\n`);
  const stageNames = Object.keys(run.stages);
  const table = runs.map((r) => ({
    threads: r.threads,
    shuffle: r.shuffle,
    "wall s": r.wall.toFixed(1),
    "CPU s": r.cpu.toFixed(1),
    "wall s/matrix": (r.wall / r.matrices).toFixed(2),
    "GFLOP/s": (r.flops / r.wall / 1e9).toFixed(0),
    "peak MiB": (r.peakBytes / 2 ** 20).toFixed(0),
    ...Object.fromEntries(stageNames.map((stage) => [`${stage} s`, r.stages[stage].toFixed(2)])),
  }));
  printTable(table);
}

function printComparison(rows) {
  const kernels = rows[0].kernels;
  console.log(`\nCPU seconds for one matrix, one thread, median of ${rounds}; numpy does three float64 SVDs`);
  console.log(`numpy by itself: kernel ${kernels.byItself}; numpy best: kernel ${kernels.best}\n`);
  const line = (shape, count, { spectrap, byItself, best }) => ({
    shape,
    "in the layer": count,
    "spectrap s": spectrap.toFixed(2),
    "numpy by itself s": byItself.toFixed(2),
    ratio: (byItself / spectrap).toFixed(2),
    "numpy best s": best.toFixed(2),
    "ratio best": (best / spectrap).toFixed(2),
  });
  const total = { spectrap: 0, byItself: 0, best: 0 };
  for (const { count, cpu } of rows) for (const who of Object.keys(total)) total[who] += count * cpu[who];
  const matrices = rows.reduce((sum, { count }) => sum + count, 0);
  printTable([...rows.map((r) => line(r.shape, r.count, r.cpu)), line("all", matrices, total)]);
}

function printStages(all) {
  console.log(
    "\nby stage: seconds summed over threads, and the rate of a thread as a fraction of what one core can do\n",
  );
  const rows = all.flatMap(({ threads, shuffle, stages, work }) =>
    Object.entries(stages)
      .filter(([, seconds]) => seconds > 0)
      .map(([stage, seconds]) => {
        const { amount, unit, ceiling } = work[stage] ?? {};
        const rate = amount / seconds;
        return {
          threads,
          shuffle,
          stage,
          s: seconds.toFixed(2),
          rate: amount === undefined ? "" : `${short(rate / 1e9)} ${unit}`,
          "of the ceiling":
            amount === undefined ? "" : `${short((100 * rate) / ceilings.rates[ceiling])} % of ${ceiling}`,
        };
      }),
  );
  printTable(rows);
}

function tera(flops) {
  return (flops / 1e12).toFixed(2);
}
