import { SpectrapError } from "../solver/error.ts";
import { chooseSolver, SOLVERS } from "../solver/open.ts";
import type { Precision, SolverName } from "../solver/solver.ts";
import type { Progress } from "./progress.ts";

/** Which matrices get a shuffled copy. */
export type Shuffle = "always" | "auto" | "never";

export interface AnalyzeOptions {
  /** Globs on the matrix name (`*` any characters, `?` one); a leading `-` excludes. Default: every matrix. */
  layers?: readonly string[];
  /** Add the gate_up matrix of every GPT-OSS expert. Default false. */
  fused?: boolean;
  /**
   * Location of the checkpoint this one was made from: then the spectra are those of W − W₀ for every matrix with the name of
   * one in the base, or, if the location is a LoRA adapter, those of W₀ + scale·BA. Default: none.
   */
  base?: string;
  /** Read the shards that are there when others are missing. Default false. */
  allowMissingShards?: boolean;
  /**
   * `"never"` leaves out the shuffled copy and every column that needs it. `"auto"` predicts the traps from the entries and
   * decomposes a copy only where one is predicted or nearly so, or the tails are too heavy for a prediction: other rows have
   * their traps, but not the columns of a shuffled spectrum. Default `"always"`, the only choice with `wwCompat`.
   */
  shuffle?: Shuffle;
  /** Independent shuffles of each matrix, 1 to 1000; `rand_*` come from the first. Default 1. */
  shuffleReplicas?: number;
  /** Keys the shuffles together with the name of the matrix; 0 to 2^53 − 1. Default 0. */
  seed?: number;
  /** With fewer eigenvalues than this the fit columns are null. Default 10. */
  minEvals?: number;
  /** Default `"double"`. */
  precision?: Precision;
  /** Default `"native"`; `"lapack"` with the precision `"reference"`. */
  solver?: SolverName;
  /** Fill the `rand_*` columns by WeightWatcher's own scheme: five pooled replicas below 100 eigenvalues, a second shuffle. */
  wwCompat?: boolean;
  /** A row for each tap of a convolution kernel, named after it with # and its number, instead of one for all. Default false. */
  perTap?: boolean;
  /** Also fit the spectrum of the inverse. Default false. */
  inverse?: boolean;
  /** Also fit with xmin near the peak of the log histogram. Default false. */
  xminPeak?: boolean;
  /** Also fit without this many largest eigenvalues. Default 0: do not. */
  dropTop?: number;
  /** Also fit the spectra of square windows of each matrix: alpha without the influence of Q. Default false. */
  farms?: boolean;
  /**
   * Also measure how localised the eigenvectors of bulk and tail are. Costs several times the spectrum; those of the bulk need a BLAS.
   * Default false.
   */
  vectors?: boolean;
  /** Bootstrap samples for the goodness of the fit of alpha, up to 100000. Default 0: none. */
  bootstrap?: number;
  /** Native threads; default: one per physical core this process may use. */
  threads?: number;
  /** Budget in bytes for matrices at work; default: half of the free memory. */
  memoryBytes?: number;
  /** Instead of it: a bound of the resident memory of the whole process, of which matrices get what is left. */
  peakBytes?: number;
  /** Ends the iteration with an error of code `ERR_CANCELLED`. */
  signal?: AbortSignal;
  /** Called as each matrix finishes, in the order they finish. */
  onProgress?: (progress: Progress) => void;
}

/** Options with every default filled in; what only the solver or the machine can decide stays undefined. */
export interface ResolvedOptions {
  layers: readonly string[];
  fused: boolean;
  base: string | null;
  allowMissingShards: boolean;
  shuffle: Shuffle;
  shuffleReplicas: number;
  seed: number;
  minEvals: number;
  precision: Precision;
  solver: SolverName;
  wwCompat: boolean;
  perTap: boolean;
  inverse: boolean;
  xminPeak: boolean;
  dropTop: number;
  farms: boolean;
  vectors: boolean;
  bootstrap: number;
  threads: number | undefined;
  memoryBytes: number | undefined;
  peakBytes: number | undefined;
}

/** Fills in defaults and checks every value. Throws SpectrapError `US_OPTION`. */
export function resolveOptions(options: AnalyzeOptions): ResolvedOptions {
  const precision = oneOf("precision", options.precision ?? "double", ["double", "single", "reference"]);
  const asked = options.solver === undefined ? undefined : oneOf("solver", options.solver, SOLVERS);
  const resolved: ResolvedOptions = {
    layers: globs("layers", options.layers ?? []),
    fused: flag("fused", options.fused),
    base: location("base", options.base),
    allowMissingShards: flag("allowMissingShards", options.allowMissingShards),
    shuffle: oneOf("shuffle", options.shuffle ?? "always", ["always", "auto", "never"]),
    shuffleReplicas: integer("shuffleReplicas", options.shuffleReplicas ?? 1, 1, 1000),
    seed: integer("seed", options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER),
    minEvals: integer("minEvals", options.minEvals ?? 10, 0, Number.MAX_SAFE_INTEGER),
    precision,
    solver: chooseSolver(precision, asked),
    wwCompat: flag("wwCompat", options.wwCompat),
    perTap: flag("perTap", options.perTap),
    inverse: flag("inverse", options.inverse),
    xminPeak: flag("xminPeak", options.xminPeak),
    dropTop: integer("dropTop", options.dropTop ?? 0, 0, Number.MAX_SAFE_INTEGER),
    farms: flag("farms", options.farms),
    vectors: flag("vectors", options.vectors),
    bootstrap: integer("bootstrap", options.bootstrap ?? 0, 0, 100_000),
    threads: optionalInteger("threads", options.threads, 1024),
    memoryBytes: optionalInteger("memoryBytes", options.memoryBytes, Number.MAX_SAFE_INTEGER),
    peakBytes: optionalInteger("peakBytes", options.peakBytes, Number.MAX_SAFE_INTEGER),
  };
  if (resolved.wwCompat && resolved.shuffle !== "always") {
    throw invalid("wwCompat", true, 'shuffle "always": its scheme is about the shuffled copy');
  }
  if (resolved.wwCompat && resolved.shuffleReplicas > 1) {
    throw invalid("shuffleReplicas", resolved.shuffleReplicas, "1 with wwCompat: its scheme says how many");
  }
  if (resolved.memoryBytes !== undefined && resolved.peakBytes !== undefined) {
    throw invalid("peakBytes", resolved.peakBytes, "no memoryBytes beside it");
  }
  return resolved;
}

function globs(name: string, value: readonly string[]): readonly string[] {
  if (
    !Array.isArray(value) ||
    value.some((glob) => typeof glob !== "string" || glob.replace(/^-/, "") === "")
  ) {
    throw invalid(name, value, "a list of globs, none of them empty");
  }
  return [...value];
}

function location(name: string, value: string | undefined): string | null {
  if (value !== undefined && (typeof value !== "string" || value === "")) {
    throw invalid(name, value, "the location of a checkpoint");
  }
  return value ?? null;
}

/** Throws SpectrapError `US_OPTION`, as the next two do. */
export function flag(name: string, value: boolean | undefined): boolean {
  if (value !== undefined && typeof value !== "boolean") throw invalid(name, value, "true or false");
  return value ?? false;
}

export function integer(name: string, value: number, least: number, most: number): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw invalid(name, value, `an integer ${range}`);
  }
  return value;
}

function optionalInteger(name: string, value: number | undefined, most: number): number | undefined {
  return value === undefined ? undefined : integer(name, value, 1, most);
}

export function oneOf<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (!choices.includes(value)) throw invalid(name, value, `one of ${choices.join(", ")}`);
  return value;
}

/** The error of an option with a value it cannot have. */
export function invalid(name: string, received: unknown, expected: string): SpectrapError {
  const shown =
    typeof received === "number" ? String(received) : (JSON.stringify(received) ?? String(received));
  return new SpectrapError("US_OPTION", `option ${name} is ${shown}, expected ${expected}`);
}
