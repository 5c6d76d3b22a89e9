import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { SpectrapError } from "../solver/error.ts";
import { ADAPTER_FILE } from "./adapter-names.ts";
import { likeliestOther, otherFormat, refuseOtherFormat } from "./container.ts";
import { fileError } from "./file.ts";

/** Which files of a checkpoint are read: those an index names, or these. */
export interface Choice {
  index: string | null;
  files: string[];
  /** Paths of other weights in the same folder; those an index names are among them until it is read. */
  ignored: string[];
}

/** Folders that repositories use for further copies of the same weights. */
const COPIES: ReadonlySet<string> = new Set(["original", "metal", "onnx"]);

const INDEX = "model.safetensors.index.json";
const SINGLE = "model.safetensors";

/**
 * Chooses the weights of a folder; folders in it are not entered. The first of these wins: the index, the
 * single file, the only other index, all safetensors files together, a LoRA adapter.
 * Errors: CK_NO_WEIGHTS, CK_UNSUPPORTED_CONTAINER naming the format that is there instead.
 */
export async function chooseFiles(folder: string): Promise<Choice> {
  const entries = await list(folder);
  const names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  const chosen = chooseNames(names);
  if (chosen === null) return refuseFolder(folder, entries, names);
  const used = new Set([...chosen.files, chosen.index]);
  const copies = entries.filter((entry) => entry.isDirectory() && COPIES.has(entry.name));
  const ignored = names.filter((name) => isWeights(name) && !used.has(name));
  return {
    index: chosen.index === null ? null : join(folder, chosen.index),
    files: chosen.files.map((name) => join(folder, name)),
    ignored: [...ignored, ...copies.map((entry) => entry.name)].map((name) => join(folder, name)),
  };
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw fileError(error, folder);
  }
}

function chooseNames(names: readonly string[]): { index: string | null; files: string[] } | null {
  if (names.includes(INDEX)) return { index: INDEX, files: [] };
  if (names.includes(SINGLE)) return { index: null, files: [SINGLE] };
  const indexes = names.filter((name) => name.endsWith(".safetensors.index.json"));
  if (indexes.length === 1) return { index: indexes[0]!, files: [] };
  const files = names.filter((name) => name.endsWith(".safetensors") && name !== ADAPTER_FILE);
  // Mistral publishes its models twice in one folder.
  const twice = files.some((name) => name.startsWith("model"));
  const union = twice ? files.filter((name) => !name.startsWith("consolidated")) : files;
  if (union.length > 0) return { index: null, files: union };
  return names.includes(ADAPTER_FILE) ? { index: null, files: [ADAPTER_FILE] } : null;
}

function isWeights(name: string): boolean {
  return /\.safetensors(\.index\.json)?$/.test(name) || otherFormat(name) !== null;
}

async function refuseFolder(
  folder: string,
  entries: readonly Dirent[],
  names: readonly string[],
): Promise<never> {
  const other = likeliestOther(names);
  if (other !== undefined) await refuseOtherFormat(join(folder, other));
  const inner = entries.some((entry) => entry.isDirectory()) ? "; folders in it are not searched" : "";
  throw new SpectrapError("CK_NO_WEIGHTS", `holds no safetensors file${inner}`, {
    file: folder,
    hint: "name the folder that holds the weights",
  });
}
