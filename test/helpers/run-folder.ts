import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Files of a finished run that must not depend on interruptions. */
const FINAL = ["rows.jsonl", "rows.csv", "sketches.jsonl.gz", "summary.json", "spectra.safetensors"];

/** Their bytes by name. */
export function finalFiles(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .filter((name) => FINAL.includes(name))
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), "base64")]),
  );
}

/** The records of a journal; every line must be whole. */
export function journalRecords(folder: string): Record<string, unknown>[] {
  const text = readFileSync(join(folder, "journal.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line.slice(9)));
}

/** Places in the plan of the matrices a journal holds, in its order. */
export function journaledOrders(folder: string): unknown[] {
  return journalRecords(folder)
    .filter(({ kind }) => kind === "matrix")
    .map(({ order }) => order);
}
