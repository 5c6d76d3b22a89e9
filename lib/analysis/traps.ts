import { sides, type WeightMatrix } from "../solver/matrix.ts";
import type { MatrixSpectra, Moments, ShuffledCopy, Solver, TapSpectra } from "../solver/solver.ts";
import {
  type Attribution,
  attribute,
  belowEdge,
  bulkDistance,
  countTraps,
  type EntryNull,
  firstPValue,
  isHeavyTailed,
  type KnownMargins,
  type MonteCarloReference,
  marchenkoPasturEdges,
  marginThreshold,
  meanPValue,
  needsCentring,
  type ReplicaTraps,
  trapMargins,
} from "../spectrum/index.ts";
import type { ResolvedOptions } from "./options.ts";

/** Level of a whole run: with this probability at most, any of its matrices without a trap gets one. */
export const RUN_LEVEL = 0.01;
/** Cut-off copies behind a Monte-Carlo reference. */
const REFERENCE_COPIES = 20;
/** Replica numbers of these copies: far from those of the copies they are compared with. */
const REFERENCE_REPLICA = 2 ** 31;
/** Outliers of one tap that are attributed; a matrix with more is not made of single entries. */
const MOST_ATTRIBUTED = 20;

/** What the entries of a tap say of the calibrated test, whatever the shuffle. */
export interface TapNull {
  entries: EntryNull;
  /** Entries above τ, taken out of the bulk. */
  removed: number;
  /** p-value at or below which an outlier is a trap. */
  level: number;
  /** The margin at which an entry, or a mean, has that p-value. */
  threshold: number;
  /** Null: the edge of the bulk by theory. */
  reference: MonteCarloReference | null;
  meanP: number;
}

/** The calibrated test of one tap. */
export interface TapTraps extends TapNull {
  /** Whether the mean was taken out before the shuffle. */
  centred: boolean;
  copies: ReplicaTraps[];
  /** p-value of the first outlier, over the copies. */
  p: number;
  /** Of the first copy. */
  ks: number;
  /** Eigenvalues of the first copy below the lower edge, and the p-value of the smallest; null for nearly square matrices. */
  below: { count: number; p: number } | null;
  origins: Attribution[];
  /** Traps of the first copy that stay when the named entries, and all beyond τ, are left out; null where none was named. */
  unexplained: number | null;
}

/** Why a tap cannot be tested. */
export type Untested = "no_deviation" | "more_outliers_than_kept";

/** What margins say of a tap under every shuffle; p-values by the reference, if there is one. */
export function tapNull(
  margins: KnownMargins,
  { N, M }: Pick<EntryNull, "N" | "M">,
  level: number,
  reference: MonteCarloReference | null,
): TapNull {
  const entries: EntryNull = {
    N,
    M,
    sigma: margins.bulkDeviation,
    kurtosis: margins.bulkKurtosis,
    keptMargin: margins.keptMargin,
    meanMargin: margins.bulkMeanMargin,
  };
  return {
    entries,
    removed: margins.removed,
    level,
    threshold: marginThreshold(level, entries),
    reference,
    meanP: meanPValue(entries, reference),
  };
}

/**
 * The calibrated test of a tap whose shuffled copies are known (docs/method.md, "Traps"). Asks the solver for more copies
 * where the mean must be taken out first, where the entries are too heavy-tailed for the theory of the edge, and, where
 * there are traps, for their singular vectors and for a copy without the entries these name.
 */
export async function tapTraps(
  solver: Pick<Solver, "shuffled">,
  matrix: WeightMatrix,
  tap: number,
  { moments, shuffled }: TapSpectra,
  level: number,
  { precision, seed }: Pick<ResolvedOptions, "precision" | "seed">,
): Promise<TapTraps | Untested> {
  const { N, M } = sides(matrix);
  const margins = trapMargins(moments, N, M);
  if (margins.reason !== null) return margins.reason;
  const { mean, bulkMean, tau, bulkDeviation: sigma } = margins;
  const { entries } = tapNull(margins, { N, M }, level, null);
  const ask = (question: Partial<Parameters<Solver["shuffled"]>[0]>): Promise<ShuffledCopy[]> =>
    solver.shuffled({
      matrix,
      precision,
      seed,
      tap,
      replicas: 1,
      firstReplica: 0,
      centre: 0,
      limit: Number.POSITIVE_INFINITY,
      leftOut: [],
      top: 0,
      ...question,
    });

  const centred = needsCentring(level, entries);
  const centre = centred ? bulkMean : 0;
  const spectra = centred
    ? (await ask({ replicas: shuffled.length, centre })).map(({ eigenvalues }) => eigenvalues)
    : shuffled;
  const reference = isHeavyTailed(entries)
    ? await ask({
        replicas: REFERENCE_COPIES,
        firstReplica: REFERENCE_REPLICA,
        centre: bulkMean,
        limit: tau,
      }).then(topsOf)
    : null;
  const copies = spectra.map((eigenvalues) => countTraps(eigenvalues, level, entries, reference));

  const traps = copies[0]!.count;
  const origins =
    traps === 0
      ? []
      : originsOf((await ask({ centre, top: Math.min(traps, MOST_ATTRIBUTED, M) }))[0]!, moments, matrix, {
          mean,
          tau,
          edge: marchenkoPasturEdges({ N, M, sigma }).upper,
        });
  const named = origins.flatMap(({ kind, row, col }) =>
    kind === "entry" ? [row! * matrix.cols + col!] : [],
  );
  // Two large entries in one row of the copy make one outlier; of it only the larger is named.
  const leftOut = [...new Set([...named, ...beyond(moments, mean, tau)])];
  const unexplained =
    named.length === 0
      ? null
      : countTraps((await ask({ centre: bulkMean, leftOut }))[0]!.eigenvalues, level, entries, reference)
          .count;
  return {
    ...tapNull(margins, { N, M }, level, reference),
    centred,
    copies,
    p: firstPValue(copies),
    ks: bulkDistance(spectra[0]!, traps, entries),
    below: belowEdge(spectra[0]!, level, entries),
    origins,
    unexplained,
  };
}

/** Positions of the entries that are larger than τ. */
function beyond({ smallest, largest }: Moments, mean: number, tau: number): number[] {
  return [smallest, largest].flatMap(({ values, positions }) =>
    [...positions].filter((_, i) => Math.abs(values[i]! - mean) > tau),
  );
}

function topsOf(copies: readonly ShuffledCopy[]): MonteCarloReference {
  return { tops: Float64Array.from(copies, ({ eigenvalues }) => eigenvalues.at(-1)!) };
}

/** The outliers of a copy, the largest first, and the entries behind them. */
function originsOf(
  { eigenvalues, rowVectors, colVectors, origins }: ShuffledCopy,
  moments: Moments,
  matrix: WeightMatrix,
  scale: Parameters<typeof attribute>[3],
): Attribution[] {
  const { rows, cols } = matrix;
  return Array.from({ length: origins.length }, (_, rank) => {
    const k = origins.length - 1 - rank;
    return attribute(
      {
        eigenvalue: eigenvalues[eigenvalues.length - 1 - rank]!,
        rowVector: rowVectors.subarray(k * rows, (k + 1) * rows),
        colVector: colVectors.subarray(k * cols, (k + 1) * cols),
        origin: origins[k]!,
      },
      moments,
      matrix,
      scale,
    );
  });
}

/** The calibrated tests of all taps of a matrix with shuffled copies; one after the other, so that a failure leaves none outstanding. */
export async function matrixTraps(
  solver: Pick<Solver, "shuffled">,
  matrix: WeightMatrix,
  { taps }: MatrixSpectra,
  level: number,
  options: Pick<ResolvedOptions, "precision" | "seed">,
): Promise<(TapTraps | Untested)[]> {
  const tested: (TapTraps | Untested)[] = [];
  for (const [tap, spectra] of taps.entries()) {
    tested.push(await tapTraps(solver, matrix, tap, spectra, level / taps.length, options));
  }
  return tested;
}
