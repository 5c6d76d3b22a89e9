import { openCheckpoint } from "../../checkpoint/open.ts";
import type { AddonSolver } from "../../solver/addon-solver.ts";
import { SpectrapError } from "../../solver/error.ts";
import { allowedCores } from "../../solver/machine.ts";
import { openSolver } from "../../solver/open.ts";
import { matrixError } from "../failure.ts";
import { type AnalyzeOptions, resolveOptions } from "../options.ts";
import { type AnalysisPlan, type Item, planAnalysis } from "../plan.ts";
import { type CoordinateCheck, checkCoordinates, type DownProjection } from "../super-weights.ts";
import { RUN_LEVEL } from "../traps.ts";
import { untilAborted } from "../until-aborted.ts";
import { confirm } from "./confirm.ts";
import { downProjection } from "./down-projection.ts";
import { addShares } from "./ledger.ts";
import { failedRow, type ScreenRow, screenRow } from "./row.ts";

export interface ScreenOptions
  extends Pick<
    AnalyzeOptions,
    "layers" | "fused" | "allowMissingShards" | "seed" | "threads" | "memoryBytes" | "signal"
  > {
  /** Entries in the ledger of each matrix, 0 to 1024. Default 8. */
  entries?: number;
  /** Also decompose a shuffled copy of every matrix that is near a trap or beyond. Default false. */
  confirm?: boolean;
  /** Called as each matrix finishes, in plan order. */
  onProgress?: (done: number, total: number) => void;
}

/** Extreme entries asked for at each end of a matrix at first: few are found in less time, and suffice nearly always. */
export const KEPT = 128;
/** Matrices handed out at a time. */
const WINDOW = 64;

/**
 * Screens every weight matrix of a checkpoint: predicted traps and most extreme entries from one read of the weights,
 * without decomposing anything. Rows come in the order of the plan; a matrix that cannot be read has a row with `error`.
 *
 * @param location as of {@link analyze}.
 * @throws SpectrapError at once with `US_OPTION`; from the iteration as {@link analyze}.
 */
export function screen(location: string, options: ScreenOptions = {}): Screening {
  return new Screening(location, options);
}

/** A screening that starts when it is iterated. */
export class Screening implements AsyncIterable<ScreenRow> {
  readonly #location: string;
  readonly #options: ScreenOptions & { entries: number };
  #plan: Promise<AnalysisPlan> | undefined;
  readonly #downs: DownProjection[] = [];

  constructor(location: string, options: ScreenOptions) {
    const { entries = 8 } = options;
    if (!Number.isInteger(entries) || entries < 0 || entries > 1024) {
      throw new SpectrapError(
        "US_OPTION",
        `option entries is ${entries}, expected an integer from 0 to 1024`,
      );
    }
    resolveOptions(analyzeOptions(options));
    this.#location = location;
    this.#options = { ...options, entries };
  }

  /** The matrices to come and the tensors left out; reads headers only. */
  plan(): Promise<AnalysisPlan> {
    const options = resolveOptions(analyzeOptions(this.#options));
    this.#plan ??= openCheckpoint(this.#location, { allowMissingShards: options.allowMissingShards }).then(
      (checkpoint) => planAnalysis(checkpoint, options),
    );
    return this.#plan;
  }

  /** After the last row: what the checkpoint has at the published coordinates of the models it may be. */
  async coordinates(): Promise<CoordinateCheck[]> {
    const { checkpoint } = await this.plan();
    return checkCoordinates(this.#downs, checkpoint.config, this.#location);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ScreenRow, void, void> {
    const { items } = await this.plan();
    const { threads = allowedCores(), memoryBytes, signal, onProgress } = this.#options;
    this.#downs.length = 0;
    const solver = openSolver({ threads, ...(memoryBytes === undefined ? {} : { memoryBytes }) });
    let done = 0;
    try {
      const start = (item: Item) => this.#screenItem(item, solver, RUN_LEVEL / items.length);
      for await (const row of untilAborted(signal, items, start, WINDOW, () => solver.cancel())) {
        onProgress?.(++done, items.length);
        yield row;
      }
    } finally {
      solver.close();
    }
  }

  async #screenItem(item: Item, solver: AddonSolver, level: number): Promise<ScreenRow> {
    if (item.kind === "broken") {
      const { name, tensor, role, layer, error } = item.broken;
      return failedRow({ name, tensor, role, layer, expert: null }, error);
    }
    const { matrix } = item;
    try {
      const { entries } = this.#options;
      let taps = await solver.screen(matrix, Math.max(KEPT, entries));
      let row = screenRow(matrix, taps, level, entries);
      if (row.reason === "more_outliers_than_kept") {
        taps = await solver.screen(matrix);
        row = screenRow(matrix, taps, level, entries);
      }
      if (matrix.role === "down" && matrix.taps === 1)
        this.#downs.push(downProjection(matrix, taps[0]!, row));
      await addShares(matrix, row.ledger, solver);
      if (this.#options.confirm === true && row.near === true) {
        row.confirmed = await confirm(matrix, row.traps.length, level, this.#options.seed ?? 0, solver);
      }
      return row;
    } catch (error) {
      return failedRow(matrix, matrixError(error), matrix);
    }
  }
}

function analyzeOptions(options: ScreenOptions): AnalyzeOptions {
  const { layers, fused, allowMissingShards, seed, threads, memoryBytes } = options;
  const given = { layers, fused, allowMissingShards, seed, threads, memoryBytes };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
