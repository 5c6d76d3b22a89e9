import type { Analysis } from "../analysis/analyze.ts";
import type { Row } from "../analysis/row.ts";
import type { RunFolder } from "../analysis/run-folder.ts";
import { summarize } from "../analysis/summary.ts";
import { writeRunFiles } from "./run-files.ts";

/**
 * The rows of an analysis, kept in a run folder as they are finished: `for await (const row of recordRun(analysis,
 * folder)) …`. After the last one the folder has its final files; left earlier, however that happens, the run can be
 * resumed. The folder is closed at the end.
 *
 * @throws SpectrapError as the analysis and {@link RunFolder.begin} do.
 */
export async function* recordRun(analysis: Analysis, folder: RunFolder): AsyncGenerator<Row, void, void> {
  const rows: Row[] = [];
  try {
    for await (const row of analysis.keptIn(folder)) {
      rows.push(row);
      yield row;
    }
    if (folder.finished) return;
    const { skipped } = await analysis.plan();
    await writeRunFiles(folder, { summary: summarize(rows), skipped });
  } finally {
    await folder.close();
  }
}
