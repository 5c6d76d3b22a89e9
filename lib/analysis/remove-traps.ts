import type { Warning } from "../checkpoint/checkpoint.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { checkTarget } from "../checkpoint/rewrite/rewrite.ts";
import type { Edit } from "../solver/edit.ts";
import { printable, SpectrapError } from "../solver/error.ts";
import { editCheckpoint } from "./edit-checkpoint.ts";
import { locationOfCopy, rowOptions, rowsByName } from "./edit-rows.ts";
import { type EditRun, type EditRunOptions, withRows } from "./edit-run.ts";
import { type AnalyzeOptions, resolveOptions } from "./options.ts";
import { planAnalysis } from "./plan.ts";
import type { Row } from "./row.ts";

export interface RemoveTrapsOptions extends EditRunOptions {
  /** Also subtract the mean of the matrices whose mean makes a trap. Default false. */
  mean?: boolean;
  /** Called as each matrix is analysed, before and after the edit. */
  onAnalysed?: NonNullable<AnalyzeOptions["onProgress"]>;
}

/**
 * Analyses every matrix that matches `layers`, takes the entries that make its traps out of it ({@link Attribution}), writes
 * the new checkpoint, and analyses the edited matrices again with the same seed and level. Traps that name no entry stay,
 * and so does an outlier that stood behind a larger one: `EDIT_TRAPS_LEFT` among the warnings counts what is found afterwards.
 *
 * @throws SpectrapError `EDIT_NO_TRAP` if no trap names an entry (and, with `mean`, no mean makes one), and as {@link editCheckpoint} and
 *   {@link analyze}. After any of them nothing is left in the folder.
 */
export async function removeTraps(
  location: string,
  folder: string,
  { mean = false, onAnalysed, ...options }: RemoveTrapsOptions = {},
): Promise<EditRun> {
  const asked = { ...rowOptions(options), ...(onAnalysed === undefined ? {} : { onProgress: onAnalysed }) };
  const checkpoint = await openCheckpoint(location);
  const { items } = planAnalysis(checkpoint, resolveOptions(asked));
  await checkTarget(checkpoint, folder);
  const before = await rowsByName(location, asked);
  const wanted = items.flatMap((item) => {
    if (item.kind === "broken") return [];
    const edits = trapEdits(before.get(item.matrix.name)!, mean);
    return edits.length === 0 ? [] : [{ matrix: item.matrix, edits }];
  });
  if (wanted.length === 0) throw noTrap(before.size, mean);
  const edited = await editCheckpoint(checkpoint, wanted, folder, options);
  const untouched = new Map(before);
  for (const { name } of edited.matrices) untouched.delete(name);
  const after = await rowsByName(await locationOfCopy(checkpoint, folder), asked, untouched);
  return {
    ...edited,
    matrices: withRows(edited.matrices, before, after),
    warnings: [...edited.warnings, ...leftWarnings([...after.values()])],
  };
}

/** What takes the traps of a row out of its matrix. */
function trapEdits({ trapOrigins, meanTrap, rf }: Row, mean: boolean): Edit[] {
  const entries = (trapOrigins ?? []).flatMap(({ kind, row, col, tap }): Edit[] =>
    kind === "entry" ? [{ kind, row: row!, column: col!, ...(rf! > 1 ? { tap } : {}) }] : [],
  );
  return mean && meanTrap === true ? [...entries, { kind: "mean" }] : entries;
}

/** What the rows of the new checkpoint still have, or do not say. */
function leftWarnings(rows: readonly Row[]): Warning[] {
  const left = rows.filter(({ traps }) => traps !== null && traps > 0);
  const untested = rows.filter(({ traps }) => traps === null);
  const count = left.reduce((sum, { traps }) => sum + traps!, 0);
  const warnings: Warning[] = [];
  if (left.length > 0) {
    const why = "they name no entry, or stood behind those that were removed";
    warnings.push({ code: "EDIT_TRAPS_LEFT", message: `${names(left)}: ${count} left: ${why}` });
  }
  if (untested.length > 0) {
    const message = `${names(untested)}: not tested for traps: ${why(untested[0]!)}`;
    warnings.push({ code: "EDIT_NOT_TESTED", message });
  }
  return warnings;
}

function why({ error, reasons }: Row): string {
  return error?.message ?? reasons.traps!;
}

function names(rows: readonly Row[]): string {
  const first = rows.slice(0, 3).map(({ name }) => printable(name));
  return `${first.join(", ")}${rows.length > 3 ? `, … (${rows.length})` : ""}`;
}

function noTrap(matrices: number, mean: boolean): SpectrapError {
  const reason = `none of the ${matrices} matrices has a trap that names an entry`;
  if (mean) return new SpectrapError("EDIT_NO_TRAP", `${reason}, or one of its mean`);
  return new SpectrapError("EDIT_NO_TRAP", reason, {
    hint: "--mean also takes the mean out where it makes a trap",
  });
}
