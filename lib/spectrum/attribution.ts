import { localisation } from "./localisation.ts";
import type { EntryMoments } from "./margins.ts";
import { spikeOverlaps } from "./spike.ts";

/** Extreme entries and where they stand: row·cols + col of the matrix as stored. */
export interface LocatedEntries {
  values: ArrayLike<number>;
  positions: ArrayLike<number>;
}

/** An outlier of a shuffled matrix: its singular vectors, and the entry at the peak of both. */
export interface Outlier {
  eigenvalue: number;
  /** Unit vectors: over the rows and over the columns of the matrix. */
  rowVector: Float64Array;
  colVector: Float64Array;
  /** Where the entry at the peaks of both vectors stands in the matrix as stored, row·cols + col. */
  origin: number;
}

/** Why there is an outlier. */
export interface Attribution {
  /** `entry`: the named entry makes it. `diffuse`: no entry that is large enough stands at the peaks. */
  kind: "entry" | "diffuse";
  /** Of the entry, in the matrix as stored; null of a diffuse one, as are `value`, `margin` and the expectations. */
  row: number | null;
  col: number | null;
  value: number | null;
  /** |w − mean|/τ. */
  margin: number | null;
  /** Eigenvalue over the edge of the bulk. */
  strength: number;
  /** Squares of the vectors' largest components, and what theory expects of an entry of this margin. */
  rowOverlap: number;
  colOverlap: number;
  rowOverlapExpected: number | null;
  colOverlapExpected: number | null;
  /** n·Σv⁴ of each vector: 3 if it is spread like noise, n if it sits on one component. */
  rowConcentration: number;
  colConcentration: number;
}

/** The scale entries are measured by. */
export interface EntryScale {
  mean: number;
  /** Size of an entry that makes an outlier. */
  tau: number;
  /** Upper edge of the bulk of the shuffled matrix. */
  edge: number;
}

/** Entries that size no longer stand out: the border of the calibrated test's validity rule. */
const LARGE_ENOUGH = 0.75;

/**
 * The entry behind an outlier. A single entry a at (i, j) of a matrix of noise makes an outlier whose singular vectors
 * peak at i and j; the permutation tells where that entry stood before. With a of 1.3 τ and more the peaks were right in
 * every simulated matrix, with 1.1 τ in nine of ten.
 */
export function attribute(
  outlier: Outlier,
  moments: EntryMoments & { smallest: LocatedEntries; largest: LocatedEntries },
  { rows, cols }: { rows: number; cols: number },
  { mean, tau, edge }: EntryScale,
): Attribution {
  const row = localisation(outlier.rowVector);
  const col = localisation(outlier.colVector);
  const value = valueAt(outlier.origin, moments);
  const margin = value === null ? null : Math.abs(value - mean) / tau;
  const named = margin !== null && margin > LARGE_ENOUGH;
  const expected = named ? spikeOverlaps(margin, { N: Math.max(rows, cols), M: Math.min(rows, cols) }) : null;
  return {
    kind: named ? "entry" : "diffuse",
    row: named ? Math.floor(outlier.origin / cols) : null,
    col: named ? outlier.origin % cols : null,
    value: named ? value : null,
    margin: named ? margin : null,
    strength: outlier.eigenvalue / edge,
    rowOverlap: row.peakMass,
    colOverlap: col.peakMass,
    rowOverlapExpected: expected && (rows >= cols ? expected.N : expected.M),
    colOverlapExpected: expected && (rows >= cols ? expected.M : expected.N),
    rowConcentration: rows * row.ipr,
    colConcentration: cols * col.ipr,
  };
}

/** What several named entries have in common: they may be one bad channel, or the ceiling of a number format. */
export type Relation = "one_row" | "one_column" | "saturated" | "isolated";

/** @returns null for fewer than two entries. `saturated`: all are as large as the largest entry. */
export function relationOf(entries: readonly Pick<Attribution, "row" | "col" | "value">[]): Relation | null {
  if (entries.length < 2) return null;
  const same = (key: "row" | "col") => entries.every((entry) => entry[key] === entries[0]![key]);
  if (same("row")) return "one_row";
  if (same("col")) return "one_column";
  const size = Math.abs(entries[0]!.value!);
  return entries.every(({ value }) => Math.abs(value!) === size) ? "saturated" : "isolated";
}

/** The value of an extreme entry; null where it is not among those that were kept. */
function valueAt(
  position: number,
  { smallest, largest }: { smallest: LocatedEntries; largest: LocatedEntries },
): number | null {
  for (const { positions, values } of [largest, smallest]) {
    const index = Array.prototype.indexOf.call(positions, position);
    if (index >= 0) return values[index]!;
  }
  return null;
}
