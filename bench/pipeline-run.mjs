// One analysis in a process of its own: `node bench/pipeline-run.mjs CHECKPOINT THREADS always|never SOLVER [LAYERS]`,
// with or without a shuffled copy, prints one JSON object with wall and CPU seconds, seconds and work by stage,
// floating-point work and peak memory.
import { Analysis } from "../dist/index.js";
import { LapackSolver } from "../dist/solver/lapack.js";
import { NativeSolver } from "../dist/solver/native.js";
import { StageWork } from "./stage-work.mjs";

const [location, threads, shuffle, solver, layers] = process.argv.slice(2);

const stages = {};
const work = new StageWork();
let problems = 0;

/** The product's own solver; only adds up the seconds it reports. */
class TimedSolver extends (solver === "lapack" ? LapackSolver : NativeSolver) {
  async solve(problem) {
    const spectra = await super.solve(problem);
    for (const [stage, seconds] of Object.entries(spectra.seconds)) {
      stages[stage] = (stages[stage] ?? 0) + seconds;
    }
    work.add(problem);
    problems += (1 + problem.replicas) * problem.matrix.taps;
    return spectra;
  }
}

let flops = 0;
const analysis = new Analysis(
  location,
  {
    solver,
    threads: Number(threads),
    shuffle,
    layers: layers === undefined ? [] : layers.split(","),
    onProgress: (progress) => {
      flops = progress.flopsTotal;
    },
  },
  (options) => new TimedSolver(options),
);
await analysis.plan();

const wallStart = process.hrtime.bigint();
const cpuStart = process.cpuUsage();
const names = [];
for await (const row of analysis) {
  if (row.error !== null) throw new Error(`${row.name}: ${row.error.message}`);
  names.push(row.name);
}
const cpu = process.cpuUsage(cpuStart);

const record = {
  threads: Number(threads),
  shuffle,
  matrices: names.length,
  problems,
  wall: Number(process.hrtime.bigint() - wallStart) / 1e9,
  cpu: (cpu.user + cpu.system) / 1e6,
  stages,
  work: work.byStage,
  flops,
  peakBytes: process.resourceUsage().maxRSS * 1024,
  run: analysis.record(),
};
process.stdout.write(`${JSON.stringify(record)}\n`);
