import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { allowedCores } from "../solver/machine.ts";
import { openSolver } from "../solver/open.ts";
import type { EditOptions } from "./edit-checkpoint.ts";
import { solverMemory } from "./memory.ts";
import { type AnalyzeOptions, resolveOptions } from "./options.ts";
import { planAnalysis } from "./plan.ts";
import type { Row } from "./row.ts";
import { runPlan } from "./run.ts";

type RowOptions = Pick<
  AnalyzeOptions,
  "layers" | "seed" | "threads" | "memoryBytes" | "peakBytes" | "signal" | "onProgress"
>;

/** How matrices are analysed before and after an edit. */
export function rowOptions({
  layers = [],
  seed = 0,
  threads,
  memoryBytes,
  peakBytes,
  signal,
}: EditOptions & Pick<AnalyzeOptions, "layers">): RowOptions {
  return {
    layers,
    seed,
    ...(threads === undefined ? {} : { threads }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(peakBytes === undefined ? {} : { peakBytes }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/**
 * The rows of a checkpoint by name. Matrices whose rows are `known` are not analysed again, and still count among those
 * that share the level of the traps. Errors: those of `analyze`.
 */
export async function rowsByName(
  location: string,
  options: RowOptions,
  known: ReadonlyMap<string, Row> = new Map(),
): Promise<Map<string, Row>> {
  const resolved = resolveOptions(options);
  const plan = planAnalysis(await openCheckpoint(location), resolved);
  const { threads = allowedCores() } = resolved;
  const solver = openSolver({ threads, ...solverMemory(resolved, threads, plan.items.length) });
  const nameOf = (order: number) => {
    const item = plan.items[order]!;
    return item.kind === "broken" ? item.broken.name : item.matrix.name;
  };
  const keeper = { restored: (order: number) => known.get(nameOf(order)), keep: async () => {} };
  const rows = new Map<string, Row>();
  try {
    for await (const row of runPlan(plan, solver, resolved, options, keeper)) rows.set(row.name, row);
  } finally {
    solver.close();
  }
  return rows;
}

/** Where the copy of a checkpoint in this folder is opened: a file that was named by itself is named there too. */
export async function locationOfCopy({ location, index }: Checkpoint, folder: string): Promise<string> {
  const isFolder = (await stat(location)).isDirectory() || index !== null;
  return isFolder ? folder : join(folder, basename(location));
}
