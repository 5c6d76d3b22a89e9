import type { SpectrapError } from "../solver/error.ts";
import { type Source, sides, type WeightMatrix } from "../solver/matrix.ts";
import type { MatrixSpectra } from "../solver/solver.ts";
import { layerMargins, type Reason, weightwatcher, weightwatcherReplicas } from "../spectrum/index.ts";
import { columns } from "./columns.ts";
import { eigenvalueScale } from "./eigenvalue-scale.ts";
import type { ResolvedOptions } from "./options.ts";
import { type Operation, ROW_SCHEMA, type Row, type RowIdentity } from "./row.ts";
import { randFlags, trapColumns } from "./trap-columns.ts";
import type { MatrixTraps } from "./trap-evidence.ts";
import { isVectorColumn } from "./vectors.ts";

/** Shuffled copies that are decomposed together with a matrix; with `auto` nobody knows yet whether it needs any. */
export function replicasFor(matrix: WeightMatrix, options: ResolvedOptions): number {
  return options.shuffle === "auto" ? 0 : copiesFor(matrix, options);
}

/** Shuffled copies of a matrix that needs them: WeightWatcher's scheme takes one more than it pools, for the distances. */
export function copiesFor(matrix: WeightMatrix, options: ResolvedOptions): number {
  if (options.shuffle === "never") return 0;
  return options.wwCompat ? pooled(matrix) + 1 : options.shuffleReplicas;
}

function pooled(matrix: WeightMatrix): number {
  return weightwatcherReplicas(matrix.taps * sides(matrix).M);
}

/** Eigenvalues of all windows, with the weakest of their promises. */
function pooledWindows(windows: readonly MatrixSpectra[]) {
  return {
    taps: windows.flatMap(({ taps }) => taps.map(({ eigenvalues }) => eigenvalues)),
    promise: Math.max(...windows.map(({ promise }) => promise)),
  };
}

/** What was computed of a matrix. */
export interface Solved {
  spectra: MatrixSpectra;
  /** The calibrated tests of its taps; null if they were not asked for. */
  traps: MatrixTraps | null;
  /** With the option `farms`: spectra of its square windows; null if it cannot be cut. */
  windows: readonly MatrixSpectra[] | null;
}

/** The row of a matrix whose spectra are known; its `gofP`, if asked for, is yet to come ({@link Goodness}). */
export function spectraRow(
  matrix: WeightMatrix,
  { spectra, traps, windows }: Solved,
  options: ResolvedOptions,
): Row {
  const { N, M } = sides(matrix);
  const { taps, precision, promise } = spectra;
  const replica = (index: number) => taps.map(({ shuffled }) => shuffled[index]!);
  const copies = taps[0]!.shuffled.length === 0 ? 0 : copiesFor(matrix, options);
  const first = Array.from({ length: copies }, (_, index) => replica(index));
  const unshuffled = traps?.evidence === "predicted" ? "predicted" : "not_shuffled";
  const second = options.wwCompat ? first.pop()! : null;

  const { columns: numbers, reasons } = weightwatcher(
    { N, M, scale: eigenvalueScale(matrix), taps: taps.map(({ eigenvalues }) => eigenvalues) },
    copies === 0 ? null : { first, second },
    {
      minEvals: options.minEvals,
      promise,
      unshuffled,
      inverse: options.inverse,
      xminPeak: options.xminPeak,
      ...(options.dropTop > 0 ? { dropTop: options.dropTop } : {}),
      ...(options.farms ? { windows: windows && pooledWindows(windows) } : {}),
    },
  );
  const { trapMargin, meanMargin, reason } = layerMargins(
    taps.map(({ moments }) => moments),
    N,
    M,
  );
  const margins: Partial<Record<keyof Row, Reason>> =
    reason === null ? {} : { trapMargin: reason, meanMargin: reason };
  const calibrated = trapColumns(traps);
  const row: Row = {
    ...blank(options),
    ...identity(matrix),
    ...origin(matrix, options),
    ...numbers,
    trapMargin,
    meanMargin,
    ...calibrated.columns,
    ...provenance(options),
    precision,
    promise,
    error: null,
    reasons: { ...reasons, ...margins, ...calibrated.reasons },
  };
  const moments = taps.map((tap) => tap.moments);
  if (traps === null || traps.evidence === "predicted") row.reasons.randFlags = unshuffled;
  else row.randFlags = randFlags(row, moments);
  return row;
}

/** What a row has of its matrix, whatever comes of it. */
type Identified = Pick<WeightMatrix, "name" | "tensor" | "role" | "layer" | "expert" | "slice">;

/** The row of a matrix that failed: every number is null. `matrix` may lack a shape. */
export function errorRow(
  matrix: Identified & Partial<WeightMatrix>,
  error: SpectrapError,
  options: ResolvedOptions,
): Row {
  return {
    ...blank(options),
    ...identity(matrix),
    ...origin(matrix, options),
    ...shape(matrix),
    ...provenance(options),
    error: { code: error.code, message: error.message },
    reasons: {},
  };
}

/** How the numbers came about, as asked. */
function provenance({ precision, solver, seed }: ResolvedOptions) {
  return { precision, precisionAsked: precision, solver, seed };
}

function identity(matrix: Identified): RowIdentity {
  const { name, tensor, role, layer, expert, slice } = matrix;
  return { schema: ROW_SCHEMA, name, tensor, role, layer, expert, sliceId: slice?.tap ?? null };
}

function origin(
  { source }: Partial<WeightMatrix>,
  { base }: ResolvedOptions,
): Pick<Row, "operation" | "base"> {
  return { operation: source === undefined ? null : operationOf(source), base };
}

function operationOf(source: Source): Operation | null {
  if ("minuend" in source) return "difference";
  if ("left" in source) return source.base === null ? "adapter" : "merged";
  return null;
}

function shape({ rows, cols, taps }: Partial<WeightMatrix>): Partial<Row> {
  if (rows === undefined || cols === undefined || taps === undefined) return {};
  const { N, M } = sides({ rows, cols });
  return { N, M, Q: N / M, rf: taps };
}

/** All rows of an analysis have the same columns, null where nothing else is said. */
function blank(options: ResolvedOptions): Row {
  const present = columns.filter(({ key }) => isPresent(key, options));
  return Object.fromEntries(present.map(({ key }) => [key, null])) as unknown as Row;
}

function isPresent(key: keyof Row, options: ResolvedOptions): boolean {
  if (key.endsWith("Inverse")) return options.inverse;
  if (key.endsWith("XminPeak")) return options.xminPeak;
  if (key.endsWith("DropTop")) return options.dropTop > 0;
  if (key === "trapPHolm" || key === "trapQ") return false;
  if (key === "alphaFarms") return options.farms;
  if (isVectorColumn(key)) return options.vectors;
  if (key === "gofP") return options.bootstrap > 0;
  return true;
}
