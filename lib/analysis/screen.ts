import { open } from "node:fs/promises";
import { openCheckpoint } from "../checkpoint/open.ts";
import type { AddonSolver } from "../solver/addon-solver.ts";
import { SpectrapError } from "../solver/error.ts";
import { allowedCores } from "../solver/machine.ts";
import { type Role, sides, type WeightMatrix } from "../solver/matrix.ts";
import { openSolver } from "../solver/open.ts";
import type { Moments } from "../solver/solver.ts";
import {
  countAboveEdge,
  type PredictedTrap,
  predictTraps,
  type Reason,
  type TrapPrediction,
  trapMargins,
} from "../spectrum/index.ts";
import { cancelled, matrixError } from "./failure.ts";
import { type AnalyzeOptions, resolveOptions } from "./options.ts";
import { type AnalysisPlan, type Item, planAnalysis } from "./plan.ts";
import type { RowError } from "./row.ts";
import { type CoordinateCheck, checkCoordinates, type DownProjection, type Placed } from "./super-weights.ts";
import { inOrder } from "./window.ts";

export const SCREEN_SCHEMA = "spectrap-screen/1";

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

/** One of the entries farthest from the mean. */
export interface LedgerEntry {
  /** From zero, in the matrix called `name`. */
  row: number;
  column: number;
  /** Of a convolution kernel; 0 for a matrix. */
  tap: number;
  value: number;
  /** |w − mean|/τ. */
  margin: number;
  /** Share of the row's, and the column's, Σw²; null below a margin of 0.75, where nobody looks. */
  rowShare: number | null;
  columnShare: number | null;
  /** Exponent of the entry's MXFP4 block, log₂ of its scale; null as the shares, and for other encodings. */
  blockExponent: number | null;
}

/** A trap to expect. */
export interface ScreenedTrap extends Pick<PredictedTrap, "value" | "margin" | "lambda" | "threshold"> {
  /** The entry that makes it; null: the mean does. */
  entry: Pick<LedgerEntry, "row" | "column" | "tap"> | null;
  /** Of λ under noise; 0 below 1e-308, where its decimal logarithm still tells. */
  p: number;
  log10P: number;
}

/** What the shuffled copy has. */
export interface Confirmation {
  traps: number;
  /** Its largest eigenvalues, one more than traps are predicted or found. */
  lambdas: number[];
  /** p-value of the largest. */
  p: number;
}

/** What one read of a matrix says. Numbers that do not exist are null; `error` or `reason` says why. */
export interface ScreenRow {
  schema: typeof SCREEN_SCHEMA;
  name: string;
  tensor: string;
  role: Role;
  layer: number | null;
  expert: number | null;
  rows: number | null;
  cols: number | null;
  taps: number | null;
  /** Largest |w − mean|/τ, τ = s(NM)^¼. */
  trapMargin: number | null;
  /** |mean|/s·(NM)^¼. */
  meanMargin: number | null;
  /** Margin from which the calibrated test sees an entry as a trap, at 0.01 over the number of matrices. */
  criticalMargin: number | null;
  /** criticalMargin less the larger margin, the mean taken without the entries above τ: negative where a trap is predicted. */
  distance: number | null;
  predictedTraps: number | null;
  /** Whether a trap is predicted or nearly so, by the rule of {@link TrapPrediction}: what `confirm` decomposes. */
  near: boolean | null;
  /** `heavy_tailed`: the tails of the bulk reach too far for the test; the prediction is a guess. */
  confidence: TrapPrediction["confidence"] | null;
  traps: ScreenedTrap[];
  bulkDeviation: number | null;
  bulkKurtosis: number | null;
  mean: number | null;
  zeros: number | null;
  /** Farthest from the mean first. */
  ledger: LedgerEntry[];
  confirmed: Confirmation | null;
  error: RowError | null;
  reason: Reason | null;
}

/** Margin from which shares and block scales are worth their reads. */
const LOUD = 0.75;
/** The level of a whole screening. */
const LEVEL = 0.01;
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
    const cancel = () => solver.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    let done = 0;
    try {
      if (signal?.aborted) throw cancelled(signal);
      const start = (item: Item) => this.#screenItem(item, solver, LEVEL / items.length);
      for await (const row of inOrder(items, start, WINDOW, cancel)) {
        if (signal?.aborted) throw cancelled(signal);
        onProgress?.(++done, items.length);
        yield row;
      }
    } catch (error) {
      throw signal?.aborted ? cancelled(signal) : error;
    } finally {
      signal?.removeEventListener("abort", cancel);
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
      const taps = await solver.screen(matrix);
      const row = rowOf(matrix, taps, level, this.#options.entries);
      if (matrix.role === "down" && matrix.taps === 1)
        this.#downs.push(downProjection(matrix, taps[0]!, row));
      await addShares(matrix, row.ledger, solver);
      if (this.#options.confirm === true && row.near === true) {
        row.confirmed = await confirm(matrix, row, level, this.#options.seed ?? 0, solver);
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

type Identity = Pick<ScreenRow, "name" | "tensor" | "role" | "layer" | "expert">;

function blank({ name, tensor, role, layer, expert }: Identity, matrix?: WeightMatrix): ScreenRow {
  return {
    schema: SCREEN_SCHEMA,
    name,
    tensor,
    role,
    layer,
    expert,
    rows: matrix?.rows ?? null,
    cols: matrix?.cols ?? null,
    taps: matrix?.taps ?? null,
    trapMargin: null,
    meanMargin: null,
    criticalMargin: null,
    distance: null,
    predictedTraps: null,
    near: null,
    confidence: null,
    traps: [],
    bulkDeviation: null,
    bulkKurtosis: null,
    mean: null,
    zeros: null,
    ledger: [],
    confirmed: null,
    error: null,
    reason: null,
  };
}

function failedRow(identity: Identity, { code, message }: SpectrapError, matrix?: WeightMatrix): ScreenRow {
  return { ...blank(identity, matrix), error: { code, message } };
}

/** Taps are tested by themselves; a row has the sum of their traps and the largest of their margins. */
function rowOf(matrix: WeightMatrix, taps: readonly Moments[], level: number, entries: number): ScreenRow {
  const { N, M } = sides(matrix);
  const row = blank(matrix, matrix);
  row.zeros = taps.reduce((sum, { zeros }) => sum + zeros, 0);
  const predictions: TrapPrediction[] = [];
  for (const moments of taps) {
    const prediction = predictTraps(moments, N, M, level / taps.length);
    if (!("margins" in prediction)) return { ...row, reason: prediction.reason };
    predictions.push(prediction);
  }
  const largest = (number: (prediction: TrapPrediction) => number) => Math.max(...predictions.map(number));
  const loudest = predictions.reduce((a, b) => (b.margin > a.margin ? b : a));
  row.trapMargin = largest(({ margins }) => margins.trapMargin);
  row.meanMargin = largest(({ margins }) => margins.meanMargin);
  row.criticalMargin = loudest.criticalMargin;
  row.distance = loudest.criticalMargin - loudest.margin;
  row.confidence = predictions.some(({ confidence }) => confidence === "heavy_tailed")
    ? "heavy_tailed"
    : "calibrated";
  row.bulkDeviation = loudest.margins.bulkDeviation;
  row.bulkKurtosis = loudest.margins.bulkKurtosis;
  row.mean = loudest.margins.mean;
  row.traps = predictions.flatMap(({ traps }, tap) =>
    traps.map((trap) => screenedTrap(trap, taps[tap]!, matrix.cols, tap)),
  );
  row.predictedTraps = row.traps.length;
  row.near = predictions.some(({ near }) => near);
  row.ledger = predictions
    .flatMap(({ margins }, tap) => farthest(taps[tap]!, margins.mean, margins.tau, entries, matrix.cols, tap))
    .sort((a, b) => b.margin - a.margin)
    .slice(0, entries);
  return row;
}

function screenedTrap(trap: PredictedTrap, moments: Moments, cols: number, tap: number): ScreenedTrap {
  const { end, index, value, margin, lambda, threshold, logP } = trap;
  const extremes = end === "high" ? moments.largest : moments.smallest;
  const entry = index === null ? null : { ...place(extremes.positions[index]!, cols), tap };
  return { entry, value, margin, lambda, threshold, p: Math.exp(logP), log10P: logP / Math.LN10 };
}

function place(position: number, cols: number): { row: number; column: number } {
  return { row: Math.floor(position / cols), column: position % cols };
}

/** The `count` entries farthest from the mean; among equals the lowest position. */
function farthest(
  { largest, smallest }: Moments,
  mean: number,
  tau: number,
  count: number,
  cols: number,
  tap: number,
): LedgerEntry[] {
  const found: (LedgerEntry & { position: number })[] = [];
  for (const { values, positions } of [largest, smallest]) {
    for (let i = 0; i < Math.min(values.length, count); i++) {
      const [value, position] = [values[i]!, positions[i]!];
      const where = { ...place(position, cols), tap, value, margin: Math.abs(value - mean) / tau };
      found.push({ ...where, rowShare: null, columnShare: null, blockExponent: null, position });
    }
  }
  const sorted = found.sort((a, b) => b.margin - a.margin || a.position - b.position);
  const distinct = sorted.filter(({ position }, i) => i === 0 || position !== sorted[i - 1]!.position);
  return distinct.slice(0, count).map(({ position, ...entry }) => entry);
}

/** Reads the rows and columns of loud entries, and the exponents of their blocks. */
async function addShares(matrix: WeightMatrix, ledger: LedgerEntry[], solver: AddonSolver): Promise<void> {
  const loud = ledger.filter(({ margin }) => margin >= LOUD);
  for (const tap of new Set(loud.map((entry) => entry.tap))) {
    const entries = loud.filter((entry) => entry.tap === tap);
    const rows = [...new Set(entries.map(({ row }) => row))];
    const cols = [...new Set(entries.map(({ column }) => column))];
    const energies = await solver.lineEnergies(matrix, tap, rows, cols);
    for (const entry of entries) {
      entry.rowShare = entry.value ** 2 / energies.rows[rows.indexOf(entry.row)]!;
      entry.columnShare = entry.value ** 2 / energies.cols[cols.indexOf(entry.column)]!;
    }
  }
  for (const entry of loud) entry.blockExponent = await blockExponent(matrix, entry);
}

/** Of MXFP4: the stored byte less its bias of 127. */
async function blockExponent({ source, cols }: WeightMatrix, { row, column }: LedgerEntry) {
  if (source.encoding !== "MXFP4") return null;
  const stored = source.firstRow + row * source.rowStep;
  const file = await open(source.scales.file.path);
  try {
    const at = source.scales.begin + (stored * cols) / 32 + Math.floor(column / 32);
    const { buffer } = await file.read(new Uint8Array(1), 0, 1, at);
    return buffer[0]! - 127;
  } finally {
    await file.close();
  }
}

/** Decomposes a shuffled copy; taps of a convolution kernel are counted together. */
async function confirm(
  matrix: WeightMatrix,
  row: ScreenRow,
  level: number,
  seed: number,
  solver: AddonSolver,
): Promise<Confirmation> {
  const { N, M } = sides(matrix);
  const { taps } = await solver.solve({ matrix, precision: "double", seed, replicas: 1 });
  const counts = taps.map(({ moments, shuffled }) => {
    const margins = trapMargins(moments, N, M);
    if (margins.reason !== null) throw new Error("margins of a screened matrix are known");
    const noise = { N, M, sigma: margins.bulkDeviation, kurtosis: margins.bulkKurtosis ?? 0 };
    const descending = shuffled[0]!.toReversed();
    return { ...countAboveEdge(descending, noise, level / taps.length), descending };
  });
  const traps = counts.reduce((sum, { count }) => sum + count, 0);
  const lambdas = counts.flatMap(({ descending }) => [
    ...descending.slice(0, 1 + Math.max(traps, row.predictedTraps!)),
  ]);
  return {
    traps,
    lambdas: lambdas.sort((a, b) => b - a).slice(0, 1 + Math.max(traps, row.predictedTraps!)),
    p: Math.min(...counts.map(({ pValues }) => pValues[0]!)),
  };
}

/** Where entries stand among the extremes that were kept; looked up at the end, so only positions stay. */
function downProjection(matrix: WeightMatrix, moments: Moments, { mean }: ScreenRow): DownProjection {
  const { rows, cols, layer } = matrix;
  const ranked = mean === null ? [] : farthest(moments, mean, 1, 100, cols, 0);
  const { N, M } = sides(matrix);
  const tau = trapMargins(moments, N, M).tau ?? 1;
  const places = new Map<number, Placed>(
    ranked.map(({ row, column, value, margin }, i) => [
      row * cols + column,
      { rank: i + 1, value, margin: margin / tau },
    ]),
  );
  return { rows, cols, layer, entry: (row, column) => places.get(row * cols + column) ?? null };
}
