import { bulkColumns } from "./bulk-columns.ts";
import { ColumnWriter } from "./column-writer.ts";
import type { Reasons, WeightWatcherColumns } from "./columns.ts";
import { detX, ergLogDeterminant, ergTail } from "./det-x.ts";
import { matrixEntropy } from "./entropy.ts";
import { type LayerSpectra, pooledEigenvalues, type ShuffledSpectra } from "./layer.ts";
import { norms } from "./norms.ts";
import {
  dropTopColumns,
  hillColumn,
  inverseColumns,
  powerLawColumns,
  xminPeakColumns,
} from "./power-law-columns.ts";
import { matrixRank, rankLoss, WEAK_RANK_TOLERANCE, weakRankLoss } from "./ranks.ts";
import { firstFrom } from "./search.ts";
import { mpColumns, shuffleColumns } from "./shuffle-columns.ts";

export interface WeightWatcherOptions {
  /** Fewest eigenvalues that are fitted (`--min-evals`; WeightWatcher: 10). */
  minEvals: number;
  /** Relative error of the eigenvalues: |Δλ| ≤ promise·λmax. */
  promise: number;
  /** Why there is no shuffled copy, where there is none. Default `not_shuffled`. */
  unshuffled?: "not_shuffled" | "predicted";
  /** Also fit the spectrum of the inverse, 1/λ. */
  inverse?: boolean;
  /** Also fit with xmin near the peak of the log histogram, as the powerlaw package does for WeightWatcher. */
  xminPeak?: boolean;
  /** Also fit without this many of the largest eigenvalues. */
  dropTop?: number;
  /** Also fit these spectra of square windows of the matrix, as in {@link LayerSpectra}; null: it cannot be cut. */
  windows?: SquareWindows | null;
}

/** Spectra of square windows of a matrix. */
export interface SquareWindows {
  /** Of each window its taps. */
  taps: readonly Float64Array[];
  /** Relative error of these eigenvalues. */
  promise: number;
}

/**
 * All columns of one weight matrix that follow from its eigenvalues and those of its shuffled copies
 * (null when there is none). A column with a WeightWatcher name is WeightWatcher 0.7.5.5's number; its −1
 * and everything not finite is null here, with a reason. docs/columns.md explains each column.
 *
 * @throws RangeError when there are no eigenvalues, or N < M.
 */
export function weightwatcher(
  layer: LayerSpectra,
  shuffled: ShuffledSpectra | null,
  options: WeightWatcherOptions,
): { columns: WeightWatcherColumns; reasons: Reasons } {
  const { N, M, taps, scale } = layer;
  if (!(N >= M && M >= 1)) throw new RangeError(`sides N=${N}, M=${M}: N ≥ M ≥ 1 is needed`);
  const eigenvalues = pooledEigenvalues(taps, scale);
  const lambdaMax = eigenvalues[eigenvalues.length - 1];
  if (lambdaMax === undefined) throw new RangeError("no eigenvalues");
  const limits = { minEvals: options.minEvals, promise: options.promise, floor: options.promise * lambdaMax };

  const writer = new ColumnWriter();
  writer.set({ N, M, Q: N / M, rf: taps.length, hasEsd: true, numEvals: eigenvalues.length });
  extremeColumns(writer, layer, eigenvalues, limits.floor);
  writer.numbers({ ...norms(eigenvalues) }, "zero_matrix");
  powerLawColumns(writer, eigenvalues, limits);
  mpColumns(writer, layer, eigenvalues, limits.minEvals);
  bulkColumns(writer, layer, limits);
  detXColumns(writer, eigenvalues, limits.floor);
  shuffleColumns(writer, layer, eigenvalues, shuffled, options);
  if (options.inverse === true) inverseColumns(writer, layer, eigenvalues, limits);
  if (options.xminPeak === true) xminPeakColumns(writer, eigenvalues, limits);
  if (options.dropTop !== undefined) dropTopColumns(writer, eigenvalues, limits, options.dropTop);
  if (options.windows !== undefined) farmsColumn(writer, layer, options.windows, options.minEvals);
  return { columns: writer.columns as WeightWatcherColumns, reasons: writer.reasons };
}

/** Largest and smallest, ranks, entropy: the columns that hang on the smallest eigenvalues. */
function extremeColumns(
  writer: ColumnWriter,
  { N, taps, scale }: LayerSpectra,
  eigenvalues: Float64Array,
  floor: number,
): void {
  const lambdaMax = eigenvalues[eigenvalues.length - 1]!;
  writer.numbers({ lambdaMax, svMax: Math.sqrt(lambdaMax) });

  const smallest = Math.max(...taps.map((tap) => tap[0]!)) * scale;
  if (smallest < floor) writer.missing(["svMin"], "below_precision");
  else writer.numbers({ svMin: Math.sqrt(smallest) });

  if (eigenvalues[0]! < floor) writer.missing(["matrixRank", "rankLoss", "entropy"], "below_precision");
  else {
    writer.numbers({ matrixRank: matrixRank(eigenvalues, N), rankLoss: rankLoss(taps, N) });
    writer.numbers(
      { entropy: matrixEntropy(eigenvalues, N) },
      lambdaMax === 0 ? "zero_matrix" : "not_finite",
    );
  }

  const undecided = eigenvalues.some((eigenvalue) => Math.abs(eigenvalue - WEAK_RANK_TOLERANCE) <= floor);
  if (undecided) writer.missing(["weakRankLoss"], "below_precision");
  else writer.numbers({ weakRankLoss: weakRankLoss(eigenvalues) });
}

/** The det X = 1 tail in logarithms, and how far the tail of `alpha` is from it. */
function ergColumns(writer: ColumnWriter, eigenvalues: Float64Array, floor: number): void {
  const ergNum = ergTail(eigenvalues);
  writer.set({ ergNum });
  const ergVal = eigenvalues[eigenvalues.length - Math.max(1, ergNum)]!;
  if (eigenvalues[eigenvalues.length - 1] === 0) writer.missing(["ergVal"], "zero_matrix");
  else if (ergVal < floor) writer.missing(["ergVal"], "below_precision");
  else writer.numbers({ ergVal });
  const { xmin } = writer.columns;
  if (typeof xmin !== "number") writer.missing(["ergLogDet"], writer.reasons.xmin!);
  else writer.numbers({ ergLogDet: ergLogDeterminant(eigenvalues, firstFrom(eigenvalues, xmin)) });
}

function farmsColumn(
  writer: ColumnWriter,
  { scale }: LayerSpectra,
  windows: SquareWindows | null,
  minEvals: number,
): void {
  if (windows === null) {
    writer.missing(["alphaFarms"], "not_cut");
    return;
  }
  const pooled = pooledEigenvalues(windows.taps, scale);
  const floor = windows.promise * pooled[pooled.length - 1]!;
  hillColumn(writer, "alphaFarms", pooled, { minEvals, floor });
}

function detXColumns(writer: ColumnWriter, eigenvalues: Float64Array, floor: number): void {
  ergColumns(writer, eigenvalues, floor);
  const { detXNum, ...smallest } = detX(eigenvalues);
  writer.set({ detXNum });
  if (eigenvalues[eigenvalues.length - 1] === 0) {
    writer.missing(["detXVal", "detXValUnrescaled"], "zero_matrix");
  } else if (smallest.detXVal < floor) {
    writer.missing(["detXVal", "detXValUnrescaled"], "below_precision");
  } else {
    writer.numbers(smallest);
  }
}
