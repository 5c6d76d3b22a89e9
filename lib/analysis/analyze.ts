import { openCheckpoint } from "../checkpoint/open.ts";
import { allowedCores } from "../solver/machine.ts";
import { openSolver } from "../solver/open.ts";
import type { Solver, SolverOptions } from "../solver/solver.ts";
import { solverMemory } from "./memory.ts";
import { type AnalyzeOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { type AnalysisPlan, planAnalysis } from "./plan.ts";
import { type RunRecord, runRecord } from "./record.ts";
import type { Row } from "./row.ts";
import { runPlan } from "./run.ts";
import type { RunFolder } from "./run-folder.ts";

export type CreateSolver = (options: SolverOptions) => Solver;

/**
 * Analyses every weight matrix of a checkpoint: `for await (const row of analyze(location)) …`.
 *
 * Rows come in the order of the plan (layers ascending, embedding and head last), each as soon as it and those before
 * it are finished; the same input, seed and precision give the same bits whatever the number of threads. A matrix that
 * cannot be analysed has a row with `error`. Leaving the loop stops the work. Nothing is printed and no global state kept.
 *
 * @param location a safetensors file, or a folder with one, with shards and their index, with a GPT-OSS checkpoint
 *   in either layout, or with a LoRA adapter in PEFT's: then the matrices are the changes scale·BA.
 * @throws SpectrapError at once with `US_OPTION`; from the iteration with the code of an unreadable checkpoint
 *   (docs/errors.md), `ADDON_NOT_FOUND`, `UNKNOWN_ISA`, `BLAS_NOT_FOUND` (solver "lapack"), or `ERR_CANCELLED` after `signal` was aborted.
 */
export function analyze(location: string, options: AnalyzeOptions = {}): Analysis {
  return new Analysis(location, options, openSolver);
}

/** An analysis that starts when it is iterated. */
export class Analysis implements AsyncIterable<Row> {
  readonly #location: string;
  readonly #options: ResolvedOptions;
  readonly #hooks: Pick<AnalyzeOptions, "signal" | "onProgress">;
  readonly #createSolver: CreateSolver;
  #plan: Promise<AnalysisPlan> | undefined;
  #solver: Solver | null = null;
  #started = new Date();

  constructor(location: string, options: AnalyzeOptions, createSolver: CreateSolver) {
    this.#location = location;
    this.#options = resolveOptions(options);
    this.#hooks = options;
    this.#createSolver = createSolver;
  }

  /** The matrices to come and the tensors left out; reads headers only. */
  plan(): Promise<AnalysisPlan> {
    this.#plan ??= this.#open();
    return this.#plan;
  }

  async #open(): Promise<AnalysisPlan> {
    const { allowMissingShards, base } = this.#options;
    const checkpoint = await openCheckpoint(this.#location, { allowMissingShards });
    const opened = base === null ? null : await openCheckpoint(base, { allowMissingShards });
    return planAnalysis(checkpoint, this.#options, opened);
  }

  /** Versions, options, machine and solver, with its kernel and library; `solver` is null before the first matrix. */
  record(): RunRecord {
    return runRecord(this.#location, this.#options, this.#solver, this.#started);
  }

  [Symbol.asyncIterator](): AsyncGenerator<Row, void, void> {
    return this.#run(null);
  }

  /**
   * The same rows, kept in a folder as they are finished; those an earlier session has kept are not computed again.
   * The folder is closed by whoever made it. Errors: also those of {@link RunFolder.begin}.
   */
  keptIn(folder: RunFolder): AsyncGenerator<Row, void, void> {
    return this.#run(folder);
  }

  async *#run(folder: RunFolder | null): AsyncGenerator<Row, void, void> {
    this.#started = new Date();
    const plan = await this.plan();
    const { threads = allowedCores(), solver: name } = this.#options;
    const memory = solverMemory(this.#options, threads, plan.items.length);
    const solver = this.#createSolver({ solver: name, threads, ...memory });
    this.#solver = solver;
    try {
      await folder?.begin(plan, this.record());
      yield* runPlan(plan, solver, this.#options, this.#hooks, folder ?? undefined);
    } finally {
      solver.close();
    }
  }
}
