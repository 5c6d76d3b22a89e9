import { openCheckpoint } from "../checkpoint/open.ts";
import type { Edit, MatrixEdits } from "../solver/edit.ts";
import type { WeightMatrix } from "../solver/matrix.ts";
import {
  type EditedCheckpoint,
  type EditedMatrix,
  type EditOptions,
  editCheckpoint,
} from "./edit-checkpoint.ts";
import { locationOfCopy, rowOptions, rowsByName } from "./edit-rows.ts";
import { invalid, resolveOptions } from "./options.ts";
import { planAnalysis } from "./plan.ts";
import type { Row } from "./row.ts";

export interface EditRunOptions extends EditOptions {
  /** Globs on the matrix name; a leading `-` excludes. Default: every matrix. */
  layers?: readonly string[];
}

/** A matrix before and after, analysed with the same seed. */
export interface EditedRows extends EditedMatrix {
  before: Row;
  after: Row;
}

export interface EditRun extends Omit<EditedCheckpoint, "matrices"> {
  matrices: EditedRows[];
}

/**
 * Gives every matrix that matches `layers` the same edits, writes the new checkpoint, and analyses those matrices in both.
 * Errors: those of {@link editCheckpoint} and
 * {@link analyze}; US_OPTION if entries are named and more than one matrix matches.
 */
export async function editRun(
  location: string,
  edits: readonly Edit[],
  folder: string,
  options: EditRunOptions = {},
): Promise<EditRun> {
  const asked = rowOptions(options);
  const checkpoint = await openCheckpoint(location);
  const wanted = select(planAnalysis(checkpoint, resolveOptions(asked)), edits);
  const edited = await editCheckpoint(checkpoint, wanted, folder, options);
  const before = await rowsByName(location, asked);
  const after = await rowsByName(await locationOfCopy(checkpoint, folder), asked);
  return { ...edited, matrices: withRows(edited.matrices, before, after) };
}

/** Edited matrices with their rows. */
export function withRows(
  matrices: readonly EditedMatrix[],
  before: ReadonlyMap<string, Row>,
  after: ReadonlyMap<string, Row>,
): EditedRows[] {
  return matrices.map((matrix) => ({
    ...matrix,
    before: before.get(matrix.name)!,
    after: after.get(matrix.name)!,
  }));
}

function select({ items }: ReturnType<typeof planAnalysis>, edits: readonly Edit[]): MatrixEdits[] {
  const matrices = items.flatMap((item): WeightMatrix[] => (item.kind === "broken" ? [] : [item.matrix]));
  if (matrices.length > 1 && edits.some(({ kind }) => kind === "entry")) {
    throw invalid("entry", `${matrices.length} matrices`, "one matrix (--layers): a place is one matrix's");
  }
  return matrices.map((matrix) => ({ matrix, edits }));
}
