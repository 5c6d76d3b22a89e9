import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SpectrapError } from "../../solver/error.ts";
import type { Checkpoint, Warning } from "../checkpoint.ts";
import { fileError } from "../file.ts";
import { allowedFolders, isInside } from "../shard-path.ts";
import { PARTIAL } from "./partial-folder.ts";

/** What belongs to a checkpoint beside its weights. */
export interface Companions {
  /** Names of files to copy: configuration, tokenizer and the like. */
  files: string[];
  warnings: Warning[];
}

/** The folder a checkpoint lies in. */
export function folderOf(checkpoint: Checkpoint): string {
  return dirname(checkpoint.index ?? checkpoint.files[0]!.path);
}

/**
 * The other files of the folder; of a single file that was named by itself only its config.json, since anything may lie
 * beside it. Further weights stay behind, they would not be edited; so do folders, and links out of the folder.
 */
export async function findCompanions(checkpoint: Checkpoint): Promise<Companions> {
  const folder = folderOf(checkpoint);
  const found: Companions = { files: [], warnings: [] };
  const leave = (name: string, why: string) =>
    found.warnings.push({ code: "RW_LEFT_OUT", message: `${join(folder, name)}: not copied: ${why}` });
  const own = new Set(
    [...checkpoint.files.map(({ path }) => path), checkpoint.index ?? ""].map((path) => resolve(path)),
  );
  const others = new Set(checkpoint.ignoredFiles.map((path) => resolve(path)));
  const named = checkpoint.index === null && !(await isFolder(checkpoint.location));
  try {
    const allowed = await allowedFolders(folder);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = resolve(folder, entry.name);
      if (own.has(path) || (named && entry.name !== "config.json")) continue;
      if (others.has(path)) leave(entry.name, "other weights, which are not edited");
      else if (entry.name.endsWith(PARTIAL)) leave(entry.name, "an unfinished file");
      else if (entry.isDirectory()) leave(entry.name, "a folder");
      else if (!isInside(await realpath(path), allowed)) leave(entry.name, "a link out of the folder");
      else if (!(await stat(path)).isFile()) leave(entry.name, "no regular file");
      else found.files.push(entry.name);
    }
  } catch (error) {
    throw fileError(error, folder);
  }
  return found;
}

async function isFolder(location: string): Promise<boolean> {
  return (await stat(location)).isDirectory();
}

/**
 * config.json without its quantisation setting, which no longer holds when every stack is BF16; OpenAI's own has none.
 * Errors: CK_CONFIG_INVALID.
 */
export function withoutQuantization(text: string, file: string): string {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw invalidConfig(file, cause);
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) throw invalidConfig(file);
  if (!Object.hasOwn(config, "quantization_config")) return text;
  const { quantization_config: _, ...rest } = config as Record<string, unknown>;
  return `${JSON.stringify(rest, null, 2)}\n`;
}

function invalidConfig(file: string, cause?: unknown): SpectrapError {
  const hint = "repair it: it says that the experts are MXFP4, which they will no longer be";
  return new SpectrapError("CK_CONFIG_INVALID", "is not a JSON object", { file, cause, hint });
}
