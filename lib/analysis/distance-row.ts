import type { Broken } from "../checkpoint/plan.ts";
import type { TapDistance } from "../solver/distance.ts";
import type { SpectrapError } from "../solver/error.ts";
import { type Role, sides, type WeightMatrix } from "../solver/matrix.ts";
import type { RowError } from "./row.ts";

export const DISTANCE_SCHEMA = "spectrap-distance/1";

/** How far apart two matrices A and B of one name are. Numbers that do not exist are null. */
export interface DistanceRow {
  schema: typeof DISTANCE_SCHEMA;
  name: string;
  tensor: string;
  role: Role;
  layer: number | null;
  expert: number | null;
  N: number | null;
  M: number | null;
  /** Taps of a convolution kernel, 1 for a dense matrix. */
  rf: number | null;
  /** ‖A − B‖_F over all taps: WeightWatcher's `raw`. */
  raw: number | null;
  /** Mean of ‖A − B‖_F over the taps: WeightWatcher's `euclidean`. */
  euclidean: number | null;
  /** Mean over the taps of ‖AᵀB‖_F / √(‖AᵀA‖_F ‖BᵀB‖_F): WeightWatcher's `cka`. Null if not asked for or undefined. */
  cka: number | null;
  /** ‖A − B‖_F / ‖B‖_F; null if B is zero. */
  relative: number | null;
  /** Σ|A − B| / (Σ|A| + Σ|B|), from 0 to 1; null if both are zero. */
  gapRatio: number | null;
  /** Of the entries, those with a ≠ b. */
  percentChanged: number | null;
  /** Largest |a − b|, and where: zero-based, in its tap. */
  maxChange: number | null;
  maxRow: number | null;
  maxCol: number | null;
  maxTap: number | null;
  /** Σ|A − B|, Σ|A| and Σ|B|, for ratios over several matrices. */
  sumDifference: number | null;
  sumFirst: number | null;
  sumSecond: number | null;
  error: RowError | null;
}

/** Name in JSON and CSV files of every property, in their order. */
export const distanceColumns: Readonly<Record<keyof DistanceRow, string>> = {
  schema: "schema",
  name: "name",
  tensor: "tensor",
  role: "role",
  layer: "layer",
  expert: "expert",
  N: "N",
  M: "M",
  rf: "rf",
  raw: "raw",
  euclidean: "euclidean",
  cka: "cka",
  relative: "relative",
  gapRatio: "gap_ratio",
  percentChanged: "percent_changed",
  maxChange: "max_change",
  maxRow: "max_row",
  maxCol: "max_col",
  maxTap: "max_tap",
  sumDifference: "sum_difference",
  sumFirst: "sum_first",
  sumSecond: "sum_second",
  error: "error",
};

export function distanceRow(matrix: WeightMatrix, taps: readonly TapDistance[]): DistanceRow {
  const total = (key: Exclude<keyof TapDistance, "cka">) => taps.reduce((sum, tap) => sum + tap[key], 0);
  const farthest = taps.reduce((best, { largest }, tap) => (largest > taps[best]!.largest ? tap : best), 0);
  const { largest, position } = taps[farthest]!;
  const raw = Math.sqrt(total("squares"));
  const [sumDifference, sumFirst, sumSecond] = [total("difference"), total("first"), total("second")];
  const ckas = taps.map(({ cka }) => cka).filter((cka) => cka !== null);
  return {
    ...blank(matrix),
    ...shape(matrix),
    raw,
    euclidean: taps.reduce((sum, { squares }) => sum + Math.sqrt(squares), 0) / taps.length,
    cka: ckas.length < taps.length ? null : ckas.reduce((sum, cka) => sum + cka, 0) / taps.length,
    relative: quotient(raw, Math.sqrt(total("secondSquares"))),
    gapRatio: quotient(sumDifference, sumFirst + sumSecond),
    percentChanged: (100 * total("changed")) / (matrix.rows * matrix.cols * taps.length),
    maxChange: largest,
    maxRow: Math.floor(position / matrix.cols),
    maxCol: position % matrix.cols,
    maxTap: farthest,
    sumDifference,
    sumFirst,
    sumSecond,
  };
}

/** The row of a pair without a distance. */
export function distanceErrorRow(matrix: WeightMatrix | Broken, error: SpectrapError): DistanceRow {
  const sized = "rows" in matrix ? shape(matrix) : {};
  return { ...blank(matrix), ...sized, error: { code: error.code, message: error.message } };
}

function shape(matrix: WeightMatrix): Pick<DistanceRow, "N" | "M" | "rf"> {
  return { ...sides(matrix), rf: matrix.taps };
}

function blank(matrix: WeightMatrix | Broken): DistanceRow {
  const { name, tensor, role, layer } = matrix;
  const expert = "expert" in matrix ? matrix.expert : null;
  const empty = Object.fromEntries(Object.keys(distanceColumns).map((key) => [key, null]));
  return { ...(empty as unknown as DistanceRow), schema: DISTANCE_SCHEMA, name, tensor, role, layer, expert };
}

function quotient(a: number, b: number): number | null {
  return b === 0 ? null : a / b;
}
