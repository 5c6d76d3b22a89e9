import { sides, type WeightMatrix } from "../../solver/matrix.ts";
import type { Moments } from "../../solver/solver.ts";
import { trapMargins } from "../../spectrum/index.ts";
import type { DownProjection, Placed } from "../super-weights.ts";
import { farthest } from "./ledger.ts";
import type { ScreenRow } from "./row.ts";

/** Where entries stand among the extremes that were kept; looked up at the end, so only positions stay. */
export function downProjection(matrix: WeightMatrix, moments: Moments, { mean }: ScreenRow): DownProjection {
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
