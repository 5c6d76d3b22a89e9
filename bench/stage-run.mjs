// One measurement in a process of its own: `node bench/stage-run.mjs JOB` prints one JSON object. Jobs:
//   {"task": "gram", "contender": "spectrap" | "syrk", "precision", …matrix, "ownKernel"}   seconds, cpuSeconds, kernel
//   {"task": "spectra", "precision", "threads", "matrices", "replicas", "warm", …matrix}   seconds and CPU seconds for
//       each of the matrices, which are the same one, and seconds by stage; with "warm", after an uncounted solution by
//       each thread, so that buffers are there
// …matrix: "file", "encoding", "rows", "cols" of a file by writeMatrixFile().
import { repeated } from "../dist/bench/repeated.js";
import { addon } from "../dist/solver/addon.js";
import { openSolver } from "../dist/solver/open.js";
import { matrixInFile } from "./matrix-file.mjs";

const job = JSON.parse(process.argv[2]);
const matrix = matrixInFile(job.file, job);
const result = job.task === "gram" ? gram(job) : await spectra(job);
process.stdout.write(`${JSON.stringify(result)}\n`);

function gram({ contender, precision, ownKernel }) {
  const { bench, blas } = addon();
  if (ownKernel) bench.leaveKernelToLibrary();
  const kernel = contender === "spectrap" ? bench.isa() : blas().kernel;
  bench.gram(contender, precision, matrix);
  const { seconds, cpuSeconds } = repeated(() => bench.gram(contender, precision, matrix));
  return { seconds, cpuSeconds, kernel };
}

async function spectra({ precision, threads, matrices, replicas, warm }) {
  const solver = openSolver({ threads });
  const solve = () => solver.solve({ matrix, precision, seed: 0, replicas });
  if (warm) await Promise.all(Array.from({ length: threads }, solve));
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  const solved = await Promise.all(Array.from({ length: matrices }, solve));
  const seconds = (performance.now() - start) / 1000 / matrices;
  const cpu = process.cpuUsage(cpuStart);
  solver.close();
  const stages = {};
  for (const spectra of solved) {
    for (const [stage, spent] of Object.entries(spectra.seconds)) {
      stages[stage] = (stages[stage] ?? 0) + spent / matrices;
    }
  }
  return { seconds, cpuSeconds: (cpu.user + cpu.system) / 1e6 / matrices, stages };
}
