import { createRequire } from "node:module";
import { type Machine, machine } from "../solver/machine.ts";
import type { BlasInfo, Solver } from "../solver/solver.ts";
import type { ResolvedOptions } from "./options.ts";

/** How the rows of a run came about: all one needs to get the same bits again. */
export interface RunRecord {
  schema: "spectrap-run/1";
  spectrap: string;
  location: string;
  options: ResolvedOptions;
  machine: Machine;
  /** Null if no matrix was solved. */
  solver: { threads: number; memoryBytes: number; blas: BlasInfo } | null;
  /** ISO 8601, UTC. */
  started: string;
}

/** Version of this package. */
export const version: string = createRequire(import.meta.url)("../../package.json").version;

export function runRecord(
  location: string,
  options: ResolvedOptions,
  solver: Pick<Solver, "threads" | "memoryBytes" | "blas"> | null,
  started: Date,
): RunRecord {
  return {
    schema: "spectrap-run/1",
    spectrap: version,
    location,
    options,
    machine: machine(),
    solver: solver && { threads: solver.threads, memoryBytes: solver.memoryBytes, blas: solver.blas },
    started: started.toISOString(),
  };
}
