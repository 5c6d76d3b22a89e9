import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { type Match, matchPlans, pairError } from "../checkpoint/match-plans.ts";
import { weightMatrices } from "../checkpoint/matrices.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import type { Plan } from "../checkpoint/plan.ts";
import type { AddonSolver } from "../solver/addon-solver.ts";
import { allowedCores } from "../solver/machine.ts";
import type { WeightMatrix } from "../solver/matrix.ts";
import { openSolver } from "../solver/open.ts";
import { type DistanceRow, distanceErrorRow, distanceRow } from "./distance-row.ts";
import { matrixError } from "./failure.ts";
import { nameFilter } from "./glob.ts";
import { solverMemory } from "./memory.ts";
import { type AnalyzeOptions, invalid, type ResolvedOptions, resolveOptions } from "./options.ts";
import { untilAborted } from "./until-aborted.ts";

/** Of {@link AnalyzeOptions}, those that choose matrices and machine; they mean the same. */
export interface DistanceOptions
  extends Pick<
    AnalyzeOptions,
    "layers" | "fused" | "allowMissingShards" | "threads" | "memoryBytes" | "peakBytes" | "signal"
  > {
  /**
   * Also compute CKA, which takes matrix products where everything else takes one read: 2·rows²·cols operations for a wide
   * matrix, 4·rows·cols² for a tall one. Default false.
   */
  cka?: boolean;
}

/** What will be compared; reads headers only. */
export interface DistancePlan {
  first: Checkpoint;
  second: Checkpoint;
  /** Names in both, as they follow each other in the first. */
  pairs: Match[];
  /** Names of one checkpoint that the other does not have. */
  onlyFirst: string[];
  onlySecond: string[];
}

/** Pairs handed to the solver at a time. */
const WINDOW = 64;

/**
 * Distances between the matrices of two checkpoints that have the same name: `for await (const row of distances(a, b)) …`.
 *
 * Rows come in the order of the first checkpoint. Both are read once, a few rows at a time; they may be stored in different
 * formats and shards. All distances are symmetric but `relative`, whose scale is the second checkpoint. A pair of different
 * sides has a row with `error` (`PAIR_SHAPE`).
 *
 * @throws SpectrapError at once with `US_OPTION`; from the iteration as {@link analyze}, and `PAIR_NONE` if no name is in
 *   both checkpoints.
 */
export function distances(first: string, second: string, options: DistanceOptions = {}): Distances {
  return new Distances(first, second, options);
}

/** A comparison that starts when it is iterated. */
export class Distances implements AsyncIterable<DistanceRow> {
  readonly #locations: readonly [string, string];
  readonly #options: ResolvedOptions;
  readonly #cka: boolean;
  readonly #signal: AbortSignal | undefined;
  #plan: Promise<DistancePlan> | undefined;

  constructor(first: string, second: string, options: DistanceOptions) {
    const { cka = false, signal, ...others } = options;
    if (typeof cka !== "boolean") throw invalid("cka", cka, "true or false");
    this.#locations = [first, second];
    this.#options = resolveOptions(others);
    this.#cka = cka;
    this.#signal = signal;
  }

  plan(): Promise<DistancePlan> {
    this.#plan ??= this.#open();
    return this.#plan;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DistanceRow, void, void> {
    const { pairs, second } = await this.plan();
    const { threads = allowedCores() } = this.#options;
    const solver = openSolver({ threads, ...solverMemory(this.#options, threads, pairs.length) });
    try {
      const start = (pair: Match) => this.#compare(pair, second.location, solver);
      yield* untilAborted(this.#signal, pairs, start, WINDOW, () => solver.cancel());
    } finally {
      solver.close();
    }
  }

  async #open(): Promise<DistancePlan> {
    const { allowMissingShards, fused, layers } = this.#options;
    const first = await openCheckpoint(this.#locations[0], { allowMissingShards });
    const second = await openCheckpoint(this.#locations[1], { allowMissingShards });
    const keep = nameFilter(layers);
    const [own, other] = [weightMatrices(first, { fused }), weightMatrices(second, { fused })];
    const matches = matchPlans(own, other, second.location).filter((match) => keep(match.own.name));
    if (matches.length === 0) throw invalid("layers", layers, "globs that match some of the matrices");
    const ours = new Set(names(own));
    return {
      first,
      second,
      pairs: matches.filter((match) => match.other !== null),
      onlyFirst: matches.filter((match) => match.other === null).map((match) => match.own.name),
      onlySecond: names(other).filter((name) => keep(name) && !ours.has(name)),
    };
  }

  async #compare({ own, other }: Match, location: string, solver: AddonSolver): Promise<DistanceRow> {
    const mismatch = "error" in own ? own.error : pairError(own, other, location);
    if (mismatch !== null) return distanceErrorRow(own, mismatch);
    const matrix = own as WeightMatrix;
    try {
      return distanceRow(matrix, await solver.distance(matrix, other as WeightMatrix, this.#cka));
    } catch (error) {
      return distanceErrorRow(matrix, matrixError(error));
    }
  }
}

function names({ matrices, broken }: Plan): string[] {
  return [...matrices, ...broken].map(({ name }) => name);
}
