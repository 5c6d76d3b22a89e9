import { toRecord } from "../analysis/columns.ts";
import type { EditedRows, EditRun } from "../analysis/edit-run.ts";
import { formatNumber } from "./number.ts";
import { formatTable, type TableOptions } from "./table.ts";

/** A matrix before and after, as JSON; rows carry their column names. */
export function editRecord({ name, edits, change, rounding, before, after }: EditedRows): object {
  return { name, edits, change, rounding, before: toRecord(before), after: toRecord(after) };
}

/** Every matrix in two lines: before, and after. */
export function formatEditTable(
  matrices: readonly EditedRows[],
  options: Pick<TableOptions, "width"> = {},
): string {
  const rows = matrices.flatMap(({ name, before, after }) => [
    { ...before, name: `${name} before` },
    { ...after, name: `${name} after` },
  ]);
  return formatTable(rows, options);
}

/** What was written, in one line. */
export function formatEdits({ files, matrices }: EditRun, folder: string): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const largest = (key: "change" | "rounding") =>
    formatNumber(Math.max(...matrices.map((matrix) => matrix[key])));
  const count = `${matrices.length} ${matrices.length === 1 ? "matrix" : "matrices"}`;
  const weights = `${(bytes / 1e6).toFixed(1)} MB in ${files.length} ${files.length === 1 ? "file" : "files"}`;
  return (
    `${folder}: ${count} edited, ${weights}; relative to the norm of the matrix at most ` +
    `${largest("change")} changed, ${largest("rounding")} of it rounding\n`
  );
}
