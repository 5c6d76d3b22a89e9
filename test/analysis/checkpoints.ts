import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Row } from "../../lib/analysis/row.ts";
import { type AnalyzeOptions, analyze, openCheckpoint } from "../../lib/index.ts";

/** The small checkpoint of the independent generator, in one of its layouts. */
export function tinyFolder(layout: "hf" | "original"): string {
  return fileURLToPath(new URL(`../fixtures/gpt-oss-tiny-${layout}`, import.meta.url));
}

/** A copy of it for one test to damage. */
export function tinyCopy(layout: "hf" | "original" = "hf"): string {
  const folder = mkdtempSync(join(tmpdir(), "spectrap-tiny-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of readdirSync(tinyFolder(layout)))
    copyFileSync(join(tinyFolder(layout), name), join(folder, name));
  return folder;
}

/** Overwrites bytes of a stored tensor, `offset` counted from its first byte. */
export async function overwrite(
  folder: string,
  tensor: string,
  offset: number,
  bytes: number[],
): Promise<void> {
  const { tensors } = await openCheckpoint(folder);
  const { file, begin } = tensors.find(({ name }) => name === tensor)!.bytes;
  const content = readFileSync(file.path);
  content.set(bytes, begin + offset);
  writeFileSync(file.path, content);
}

/** Renames a tensor in header and index; both names have the same length, so that nothing moves. */
export function rename(folder: string, from: string, to: string): void {
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), "latin1").replaceAll(`"${from}"`, `"${to}"`);
    writeFileSync(join(folder, name), text, "latin1");
  }
}

export async function rowsOf(location: string, options: AnalyzeOptions = {}): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of analyze(location, options)) rows.push(row);
  return rows;
}
