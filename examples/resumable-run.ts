/**
 * A run that may be ended at any moment and is continued by starting the program again; what it keeps is on the disk
 * before a row is given out.
 *
 *   npm run build && node examples/resumable-run.ts <checkpoint> <folder>      (Node 22.18 or newer runs TypeScript)
 */
import { analyze, RunFolder, recordRun, SpectrapError } from "spectrap";

const [location, path] = process.argv.slice(2);
if (location === undefined || path === undefined) {
  console.error("usage: resumable-run <checkpoint> <folder>");
  process.exit(2);
}

const folder = new RunFolder(path, { resume: true });
try {
  let rows = 0;
  for await (const row of recordRun(analyze(location), folder)) {
    rows++;
    if (row.error !== null) console.error(`${row.name}: ${row.error.message}`);
  }
  console.log(`${rows} rows in ${path}, ${folder.restoredRows} of them from earlier sessions`);
} catch (error) {
  if (!(error instanceof SpectrapError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 2;
}
