import { rm } from "node:fs/promises";
import { join } from "node:path";
import { outError } from "../analysis/out-error.ts";
import type { Row } from "../analysis/row.ts";
import type { RunFolder } from "../analysis/run-folder.ts";
import type { Summary } from "../analysis/summary.ts";
import { writeWhole } from "../analysis/whole-file.ts";
import type { Skipped } from "../checkpoint/plan.ts";
import { type Adjusted, adjustedPValues } from "./adjusted.ts";
import { csvHeader, csvRow } from "./csv.ts";
import { rowJson } from "./json-lines.ts";
import { spectraFile } from "./spectra-file.ts";

/** The files of a finished run, in the order they are written: a folder without the last is an unfinished run. */
const FILES = {
  rows: "rows.jsonl",
  csv: "rows.csv",
  sketches: "sketches.jsonl.gz",
  spectra: "spectra.safetensors",
  summary: "summary.json",
} as const;

/** What `summary.json` holds. */
export interface RunSummary {
  summary: Summary;
  skipped: readonly Skipped[];
}

/**
 * Writes the files of a finished run from what its journal holds and nothing else, so that they are the same bytes
 * however often the run was interrupted. Errors: OUT_WRITE.
 */
export async function writeRunFiles(folder: RunFolder, summary: RunSummary): Promise<void> {
  const path = (file: keyof typeof FILES) => join(folder.path, FILES[file]);
  try {
    await rm(path("summary"), { force: true });
    const adjusted = await adjustments(folder);
    await writeWhole(path("rows"), rowLines(folder, adjusted));
    await writeWhole(path("csv"), csvLines(folder, adjusted));
    await writeWhole(path("sketches"), sketches(folder));
    if (folder.saveSpectra) await writeWhole(path("spectra"), spectraFile(folder));
    await writeWhole(path("summary"), [`${JSON.stringify(summary, null, 2)}\n`]);
    await folder.finish();
  } catch (error) {
    throw outError(error, folder.path);
  }
}

async function adjustments(folder: RunFolder): Promise<Adjusted[]> {
  const tests: Pick<Row, "trapP" | "trapEvidence">[] = [];
  for await (const { row } of folder.kept()) tests.push({ trapP: row.trapP, trapEvidence: row.trapEvidence });
  return adjustedPValues(tests);
}

async function* finalRows(folder: RunFolder, adjusted: readonly Adjusted[]): AsyncGenerator<Row> {
  let next = 0;
  for await (const { row } of folder.kept()) yield { ...row, ...adjusted[next++]! };
}

async function* rowLines(folder: RunFolder, adjusted: readonly Adjusted[]): AsyncGenerator<string> {
  for await (const row of finalRows(folder, adjusted)) yield rowJson(row);
}

async function* csvLines(folder: RunFolder, adjusted: readonly Adjusted[]): AsyncGenerator<string> {
  let header = true;
  for await (const row of finalRows(folder, adjusted)) {
    if (header) yield csvHeader(row);
    header = false;
    yield csvRow(row);
  }
}

async function* sketches(folder: RunFolder): AsyncGenerator<Uint8Array> {
  for await (const { sketch } of folder.kept()) if (sketch !== null) yield sketch;
}
