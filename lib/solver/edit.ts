import { SpectrapError } from "./error.ts";
import { sides, type WeightMatrix } from "./matrix.ts";

/**
 * One change of a matrix W.
 *
 * - `keep`: W becomes its best approximation of rank `top` (Eckart and Young 1936); W stays as it is if `top` ≥ M.
 * - `entry`: the entry becomes the mean of all entries that are not named, so that it has no margin left.
 * - `mean`: that mean is subtracted from every entry; entries that are named become 0.
 * - `component`: of the shuffled copy S (replica 0) the singular term σuvᵀ with this number, 1 for the largest, is
 *   subtracted, from every entry of W what stands at the place in S that the shuffle gave it. This is how WeightWatcher
 *   0.8 means a trap; it also moves entries that have no part in the trap, by a little.
 *
 * Entries and mean may be edited together; otherwise a matrix has edits of one kind.
 */
export type Edit =
  | { kind: "keep"; top: number }
  | {
      kind: "entry";
      /** Zero-based, in the matrix as its name says: for gate and up in the half. */
      row: number;
      column: number;
      /** Of a convolution kernel; default 0. */
      tap?: number;
    }
  | { kind: "mean" }
  | { kind: "component"; index: number };

/** Which edits one matrix gets. */
export interface MatrixEdits {
  matrix: WeightMatrix;
  edits: readonly Edit[];
}

/** How far an edit went, relative to ‖W‖ (Frobenius); zeros of a zero matrix. */
export interface EditReport {
  /** ‖W′ − W‖ / ‖W‖. */
  change: number;
  /** ‖W′ − T‖ / ‖W‖, where T is W′ before it was rounded to the stored type. */
  rounding: number;
}

/** Where the elements of a matrix stand in a piece: (r, c) is number offset + r·rowStride + c·colStride. */
export interface PlaceInPiece {
  offset: number;
  rowStride: number;
  colStride: number;
}

/** One tap of a matrix on its way into a new tensor; without edits it is copied. */
export interface PiecePart extends MatrixEdits {
  tap: number;
  place: PlaceInPiece;
}

/** Consecutive elements of a new tensor, filled by matrices that are laid into each other, like gate and up. */
export interface Piece {
  elements: number;
  parts: readonly PiecePart[];
}

export interface EditedPiece {
  /** In the encoding of the matrices; MXFP4 has become BF16, which holds its values exactly. */
  bytes: Uint8Array;
  /** One for each part. */
  reports: EditReport[];
}

/** The edits of one tap in the form the addon takes. */
export interface TapEdit {
  keep: number;
  components: number[];
  entries: number[];
  subtractMean: boolean;
}

/** Throws SpectrapError US_OPTION for edits that a matrix cannot have. */
export function checkEdits({ matrix, edits }: MatrixEdits): void {
  const { M } = sides(matrix);
  const refuse = (reason: string) => {
    throw new SpectrapError("US_OPTION", reason, { tensor: matrix.name });
  };
  const kinds = new Set(edits.map(({ kind }) => (kind === "entry" ? "mean" : kind)));
  if (kinds.size > 1) refuse("only entries and the mean can be edited together");
  if (edits.filter(({ kind }) => kind === "keep").length > 1) refuse("can keep one number of components");
  for (const edit of edits) {
    if (edit.kind === "keep" && !isCount(edit.top)) {
      refuse(`cannot keep ${edit.top} components: at least 1 must stay`);
    }
    if (edit.kind === "component" && !(isCount(edit.index) && edit.index <= M)) {
      refuse(`has components 1 to ${M}, not ${edit.index}`);
    }
    if (edit.kind !== "entry") continue;
    const { row, column, tap = 0 } = edit;
    const inside = [
      [row, matrix.rows],
      [column, matrix.cols],
      [tap, matrix.taps],
    ].every(([value, end]) => Number.isInteger(value) && value! >= 0 && value! < end!);
    const shape = `${matrix.rows} × ${matrix.cols}${matrix.taps > 1 ? ` × ${matrix.taps}` : ""}`;
    const place = `${row},${column}${edit.tap === undefined ? "" : `,${tap}`}`;
    if (!inside) refuse(`is ${shape} and has no entry ${place}, counted from 0`);
  }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

/** What is done to one tap; an entry twice is an entry. */
export function tapEdit({ matrix, edits }: MatrixEdits, tap: number): TapEdit {
  const out: TapEdit = { keep: 0, components: [], entries: [], subtractMean: false };
  const components = new Set<number>();
  const entries = new Set<number>();
  for (const edit of edits) {
    if (edit.kind === "keep") out.keep = edit.top;
    else if (edit.kind === "mean") out.subtractMean = true;
    else if (edit.kind === "component") components.add(edit.index - 1);
    else if ((edit.tap ?? 0) === tap) entries.add(edit.row * matrix.cols + edit.column);
  }
  return { ...out, components: [...components], entries: [...entries] };
}
