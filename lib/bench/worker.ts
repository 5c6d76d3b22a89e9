// One measurement in a process of its own: `node worker.js JOB`, with a Job as JSON, prints one JSON object.
import { readFileSync } from "node:fs";
import { addon } from "../solver/addon.ts";
import type { BenchPrecision } from "./contenders.ts";
import { repeated } from "./repeated.ts";

/** Let the BLAS choose its kernel as it would in another program, instead of as spectrap does. */
interface OwnKernel {
  ownKernel: boolean;
}

export type Job =
  | { task: "isa" }
  | ({ task: "blas" } & OwnKernel)
  | { task: "ceilings" }
  | ({
      task: "eigenvalues";
      routine: string;
      precision: BenchPrecision;
      file: string;
      n: number;
    } & OwnKernel);

const job = JSON.parse(process.argv[2]!) as Job;
try {
  process.stdout.write(`${JSON.stringify(perform(job))}\n`);
} catch (error) {
  const { code, message } = error as Error & { code?: string };
  if (code === undefined) throw error;
  process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
}

function perform(job: Job): object {
  const { bench, blas } = addon();
  if (job.task === "ceilings") return bench.ceilings();
  if (job.task === "isa") return { isa: bench.isa() };
  if (job.ownKernel) bench.leaveKernelToLibrary();
  if (job.task === "blas") return blas();
  const { routine, precision, file, n } = job;
  const values = matrixFile(file);
  const library = routine === "spectrap" ? null : blas();
  bench.eigenvalues(routine, precision, Float64Array.of(1), 1);
  const { seconds, cpuSeconds, last } = repeated(() => bench.eigenvalues(routine, precision, values, n));
  return {
    seconds,
    cpuSeconds,
    kernel: library?.kernel ?? bench.isa(),
    library: library?.config ?? null,
    eigenvalues: [...last.eigenvalues],
  };
}

/** Numbers in the byte order of this machine, as the parent wrote them. */
function matrixFile(file: string): Float64Array {
  const bytes = readFileSync(file);
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
}
