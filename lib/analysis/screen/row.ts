import type { SpectrapError } from "../../solver/error.ts";
import { type Role, sides, type WeightMatrix } from "../../solver/matrix.ts";
import type { Moments } from "../../solver/solver.ts";
import { type PredictedTrap, predictTraps, type Reason, type TrapPrediction } from "../../spectrum/index.ts";
import type { RowError } from "../row.ts";
import type { Confirmation } from "./confirm.ts";
import { farthest, type LedgerEntry, place } from "./ledger.ts";

export const SCREEN_SCHEMA = "spectrap-screen/1";

/** A trap to expect. */
export interface ScreenedTrap extends Pick<PredictedTrap, "value" | "margin" | "lambda" | "threshold"> {
  /** The entry that makes it; null: the mean does. */
  entry: Pick<LedgerEntry, "row" | "column" | "tap"> | null;
  /** Of λ under noise; 0 below 1e-308, where its decimal logarithm still tells. */
  p: number;
  log10P: number;
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

export function failedRow(
  identity: Identity,
  { code, message }: SpectrapError,
  matrix?: WeightMatrix,
): ScreenRow {
  return { ...blank(identity, matrix), error: { code, message } };
}

/** Taps are tested by themselves; a row has the sum of their traps and the largest of their margins. */
export function screenRow(
  matrix: WeightMatrix,
  taps: readonly Moments[],
  level: number,
  entries: number,
): ScreenRow {
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
