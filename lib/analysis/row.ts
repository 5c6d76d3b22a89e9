import type { Role } from "../solver/matrix.ts";
import type { Precision, SolverName } from "../solver/solver.ts";
import type { Reason, RequestedColumns, ShuffleColumns, SpectrumColumns } from "../spectrum/index.ts";
import type { RandFlag, TrapColumns } from "./trap-columns.ts";

/** Version of the columns; a new one says that a column has gone or changed. */
export const ROW_SCHEMA = "spectrap-row/1";

/** What a row is about; known even when the matrix could not be analysed. */
export interface RowIdentity {
  schema: typeof ROW_SCHEMA;
  name: string;
  tensor: string;
  role: Role;
  layer: number | null;
  expert: number | null;
  /** Of a tap of a convolution kernel by itself: its number i·kw + j. */
  sliceId: number | null;
}

/** What a matrix is when it is not a stored one: W − W₀, scale·BA, or W₀ + scale·BA. */
export type Operation = "difference" | "adapter" | "merged";

export interface RowError {
  /** Stable, for programs; listed in docs/errors.md. */
  code: string;
  message: string;
}

type Nullable<T> = { [K in keyof T]: T[K] | null };

/**
 * Everything about one weight matrix. Numbers that do not exist are null, never a sentinel: `error` says why the whole
 * row is empty, `reasons` why a single column is. docs/columns.md and {@link columns} explain each.
 */
export interface Row
  extends RowIdentity,
    Nullable<SpectrumColumns>,
    ShuffleColumns,
    RequestedColumns,
    TrapColumns {
  /** Null for a matrix as it is stored, and where the row's error came before. */
  operation: Operation | null;
  /** The base, as it was named; null without one. */
  base: string | null;
  /** Largest |w − mean| in units of the size at which one entry makes a trap; above 1, expect one. */
  trapMargin: number | null;
  /** |mean| in units of the size at which the mean alone makes a trap. */
  meanMargin: number | null;
  /** Goodness of the fit of `alpha` by bootstrap; only where that was asked for. */
  gofP?: number | null;
  /** `trapP` adjusted for all matrices of the run (Holm); only in the final files of a run folder. */
  trapPHolm?: number | null;
  /** Its q-value among them (Benjamini and Hochberg). */
  trapQ?: number | null;
  /** Why `randNumSpikes` may be an artefact; null without a shuffle. */
  randFlags: RandFlag[] | null;
  /** Arithmetic that was used; in an error row what was asked for. */
  precision: Precision;
  precisionAsked: Precision;
  solver: SolverName;
  /** |Δλ| ≤ promise·λmax. */
  promise: number | null;
  seed: number;
  error: RowError | null;
  reasons: Partial<Record<keyof Row, Reason>>;
}
