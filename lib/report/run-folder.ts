import { appendFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunRecord } from "../analysis/record.ts";
import type { Row } from "../analysis/row.ts";
import type { Summary } from "../analysis/summary.ts";
import type { Skipped } from "../checkpoint/plan.ts";
import { SpectrapError } from "../solver/error.ts";
import { csvHeader, csvRow } from "./csv.ts";
import { rowJson } from "./json-lines.ts";

/** What `summary.json` of a run folder holds. */
export interface RunSummary {
  summary: Summary;
  skipped: readonly Skipped[];
  run: RunRecord;
}

/**
 * The folder of `--out`: `rows.jsonl` and `rows.csv`, written as rows come, and `summary.json` once all are there, so
 * that a folder without it is an unfinished run.
 */
export class RunFolder {
  readonly #path: string;
  #empty = true;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Throws SpectrapError `OUT_NOT_EMPTY`, or `OUT_WRITE` if the folder cannot be made. */
  static async create(path: string): Promise<RunFolder> {
    const present = await writing(path, async () => {
      await mkdir(path, { recursive: true });
      return await readdir(path);
    });
    if (present.length > 0) {
      const hint = "name a new one: a run is never overwritten";
      throw new SpectrapError("OUT_NOT_EMPTY", "the run folder is not empty", { file: path, hint });
    }
    return new RunFolder(path);
  }

  async write(row: Row): Promise<void> {
    const csv = this.#empty ? csvHeader(row) + csvRow(row) : csvRow(row);
    this.#empty = false;
    await writing(this.#path, async () => {
      await appendFile(join(this.#path, "rows.jsonl"), rowJson(row));
      await appendFile(join(this.#path, "rows.csv"), csv);
    });
  }

  async finish(summary: RunSummary): Promise<void> {
    const text = `${JSON.stringify(summary, null, 2)}\n`;
    await writing(this.#path, () => writeFile(join(this.#path, "summary.json"), text, { flag: "wx" }));
  }
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new SpectrapError("OUT_WRITE", (cause as Error).message, { file: path, cause });
  }
}
