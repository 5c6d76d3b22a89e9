import { createRequire } from "node:module";
import { blasIfAny } from "../solver/lapack.ts";
import { type Machine, machine } from "../solver/machine.ts";
import type { Solver } from "../solver/solver.ts";
import type { ResolvedOptions } from "./options.ts";

/**
 * The solver of a run: who computes, with which kernel, how many at a time, in how much memory; and the library that computes, or
 * that eigenvectors come from, if they were asked for.
 */
export type SolverRecord = Pick<Solver, "name" | "kernel" | "blas" | "threads" | "memoryBytes">;

/** How the rows of a run came about: all one needs to get the same bits again. */
export interface RunRecord {
  schema: "spectrap-run/1";
  spectrap: string;
  location: string;
  options: ResolvedOptions;
  machine: Machine;
  /** Null if no matrix was solved. */
  solver: SolverRecord | null;
  /** ISO 8601, UTC. */
  started: string;
}

/** Version of this package. */
export const version: string = createRequire(import.meta.url)("../../package.json").version;

export function runRecord(
  location: string,
  options: ResolvedOptions,
  solver: SolverRecord | null,
  started: Date,
): RunRecord {
  return {
    schema: "spectrap-run/1",
    spectrap: version,
    location,
    options,
    machine: machine(),
    solver: solver && solverRecord(solver, options),
    started: started.toISOString(),
  };
}

function solverRecord(solver: SolverRecord, { vectors }: ResolvedOptions): SolverRecord {
  const { name, kernel, threads, memoryBytes } = solver;
  const blas = solver.blas ?? (vectors ? blasIfAny() : null);
  return { name, kernel, blas, threads, memoryBytes };
}
