/**
 * Which matrices of a checkpoint hold correlation traps?
 *
 *   npm run build && node examples/analyze-checkpoint.ts <folder or file>      (Node 22.18 or newer runs TypeScript)
 */
import { analyze, type Row, SpectrapError, summarize } from "spectrap";

const location = process.argv[2];
if (location === undefined) throw new Error("usage: analyze-checkpoint <folder or file>");

const rows: Row[] = [];
try {
  for await (const row of analyze(location, {
    seed: 1,
    onProgress: ({ done, total }) => tell(done, total),
  })) {
    rows.push(row);
    if (row.error !== null) console.log(`${row.name}: failed, ${row.error.message}`);
    else if (row.traps !== null && row.traps > 0) {
      console.log(`${row.name}: ${row.traps} traps, margin ${row.trapMargin?.toFixed(2)}`);
    }
  }
} catch (error) {
  if (!(error instanceof SpectrapError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exit(2);
}

const { matrices, failed, withEntryTraps, means } = summarize(rows);
console.log(
  `${withEntryTraps} of ${matrices - failed} matrices hold traps; mean alpha ${means.alpha.mean?.toFixed(2)}`,
);

function tell(done: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done}/${total}${done === total ? "\n" : ""}`);
}
