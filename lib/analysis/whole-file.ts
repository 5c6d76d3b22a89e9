import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** The suffix of a file that is not whole yet. */
export const PARTIAL = ".tmp";

/** Writes a file under another name and gives it its own when all of it is on the disk: it is whole or not there. */
export async function writeWhole(
  path: string,
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const file = await open(path + PARTIAL, "w");
  try {
    for await (const piece of pieces) await file.appendFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(path + PARTIAL, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
