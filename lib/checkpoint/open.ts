import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { SpectrapError } from "../solver/error.ts";
import { type AdapterConfig, readAdapterConfig } from "./adapter-config.ts";
import { ADAPTER_FILE } from "./adapter-names.ts";
import type { Checkpoint, OpenOptions, Warning } from "./checkpoint.ts";
import { type ModelConfig, readConfig } from "./config.ts";
import { refuseOtherFormat } from "./container.ts";
import { type Choice, chooseFiles } from "./directory.ts";
import { fileError } from "./file.ts";
import { detectLayout } from "./layout.ts";
import { naturalOrder } from "./natural-order.ts";
import { readShards, readUnion } from "./shards.ts";

/**
 * Opens a checkpoint: a safetensors file, an index of shards, or a folder that holds one of them. Reads and
 * checks all headers; touches no weight. A folder with nothing but adapter_model.safetensors, or that file, is a LoRA
 * adapter in PEFT's layout.
 *
 * Throws SpectrapError with a code of docs/errors.md: CK_* about the location, IX_* about the index, ST_* about
 * a file, AD_* about an adapter.
 */
export async function openCheckpoint(location: string, options: OpenOptions = {}): Promise<Checkpoint> {
  const choice = await choose(location);
  const set = choice.index === null ? await readUnion(choice.files) : await readShards(choice.index, options);
  const warnings = set.warnings;
  const config = await configBeside(choice, warnings);
  const read = new Set(set.files.map(({ file }) => file.path));
  return {
    location,
    format: "safetensors",
    layout: detectLayout(set.tensors, config),
    index: choice.index,
    files: set.files
      .map(({ file, headerSha256 }) => ({ ...file, headerSha256 }))
      .sort((a, b) => naturalOrder(a.path, b.path)),
    tensors: set.tensors.sort((a, b) => naturalOrder(a.name, b.name)),
    config,
    adapter: await adapterOf(choice),
    warnings,
    ignoredFiles: choice.ignored.filter((path) => !read.has(path)),
  };
}

async function choose(location: string): Promise<Choice> {
  if (await isFolder(location)) return chooseFiles(location);
  if (location.endsWith(".safetensors")) return { index: null, files: [location], ignored: [] };
  await refuseOtherFormat(location);
  if (location.endsWith(".json")) return { index: location, files: [], ignored: [] };
  return { index: null, files: [location], ignored: [] };
}

async function isFolder(location: string): Promise<boolean> {
  try {
    return (await stat(location)).isDirectory();
  } catch (error) {
    throw fileError(error, location);
  }
}

/** An adapter is known by its file's name, as PEFT knows it. */
async function adapterOf({ index, files }: Choice): Promise<AdapterConfig | null> {
  const [file] = files;
  if (index !== null || file === undefined || basename(file) !== ADAPTER_FILE) return null;
  return readAdapterConfig(dirname(file));
}

/** The configuration helps, but weights can be read without it. */
async function configBeside(choice: Choice, warnings: Warning[]): Promise<ModelConfig | null> {
  try {
    return await readConfig(dirname(choice.index ?? choice.files[0]!));
  } catch (error) {
    if (!(error instanceof SpectrapError)) throw error;
    warnings.push({ code: "CK_CONFIG_INVALID", message: `${error.message}; read without it` });
    return null;
  }
}
