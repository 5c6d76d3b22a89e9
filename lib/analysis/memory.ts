import { memoryUsage } from "node:process";
import type { SolverOptions } from "../solver/solver.ts";
import { invalid, type ResolvedOptions } from "./options.ts";

/** Rows, journal and the heap's slack between two collections; measured in docs/reliability.md. */
const HEAP_BYTES = 96 * 2 ** 20;
const ROW_BYTES = 12 * 2 ** 10;
/** Packing buffers of the BLAS and arenas of the allocator, which no budget of matrices counts. */
const THREAD_BYTES = 40 * 2 ** 20;

/**
 * What the solver may spend on matrices at work. With `peakBytes` that is what the process, its rows and its threads
 * leave of it. Throws US_OPTION if that is nothing.
 */
export function solverMemory(
  { peakBytes, memoryBytes }: Pick<ResolvedOptions, "peakBytes" | "memoryBytes">,
  threads: number,
  rows: number,
): Pick<SolverOptions, "memoryBytes"> {
  if (peakBytes === undefined) return memoryBytes === undefined ? {} : { memoryBytes };
  const overhead = memoryUsage.rss() + HEAP_BYTES + ROW_BYTES * rows + THREAD_BYTES * threads;
  if (overhead >= peakBytes) {
    throw invalid(
      "peakBytes (--memory)",
      peakBytes,
      `more than the ${overhead} bytes the program takes by itself`,
    );
  }
  return { memoryBytes: peakBytes - overhead };
}
