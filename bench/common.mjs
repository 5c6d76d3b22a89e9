// What the benchmark scripts share: where results go, tables, JSON lines.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Git ignores it; docs/performance.md is made of what lies there. */
export const resultsFolder = join(root, "bench", "results");

export function writeLines(name, records) {
  mkdirSync(resultsFolder, { recursive: true });
  const file = join(resultsFolder, name);
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  console.log(`\n${file}`);
}

/** Records of a file of JSON lines. */
export function readLines(file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Rows of strings as an aligned table; the keys of the first are its head. Text left, numbers right. */
export function printTable(rows) {
  const heads = Object.keys(rows[0]);
  const cells = [heads, ...rows.map((row) => heads.map((head) => String(row[head])))];
  const width = heads.map((_, i) => Math.max(...cells.map((line) => [...line[i]].length)));
  const left = heads.map((head) => rows.some((row) => /^[a-z]/i.test(String(row[head]))));
  for (const line of cells) {
    const padded = line.map((cell, i) => {
      const space = " ".repeat(width[i] - [...cell].length);
      return left[i] ? cell + space : space + cell;
    });
    console.log(padded.join("  ").trimEnd());
  }
}

/** "AMD EPYC, 2 cores, 24 GiB, linux-x64, Node v20.20.2". */
export function machineLine({ cpu, cores, memory, platform, node }) {
  return `${cpu}, ${cores} cores, ${Math.round(memory / 2 ** 30)} GiB, ${platform}, Node ${node}`;
}

/** Three significant digits. */
export function short(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.min(digits, 6));
}
