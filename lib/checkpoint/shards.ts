import { dirname, join } from "node:path";
import { printable, SpectrapError } from "../solver/error.ts";
import type { OpenOptions, Warning } from "./checkpoint.ts";
import { readSafetensors, type SafetensorsFile } from "./safetensors.ts";
import { checkDistinct, checkPlaces, unindexed, wrongTotal } from "./shard-checks.ts";
import { findShards } from "./shard-files.ts";
import { readShardIndex } from "./shard-index.ts";
import type { Tensor } from "./tensor.ts";

/** Tensors of several files under one roof. */
export interface TensorSet {
  files: SafetensorsFile[];
  tensors: Tensor[];
  warnings: Warning[];
}

/**
 * Opens every shard an index names and checks the two against each other. Tensors the index does not list
 * are left out with a warning. Errors: IX_*, and those of the shards.
 */
export async function readShards(indexPath: string, options: OpenOptions): Promise<TensorSet> {
  const index = await readShardIndex(indexPath);
  const { present, missing } = await findShards(index, indexPath);
  const warnings: Warning[] = [];
  if (missing.length > 0) {
    const names = missing.map(printable).join(", ");
    const reason = `${missing.length} of ${index.shards.length} shards are missing: ${names}`;
    if (options.allowMissingShards !== true) throw missingShards(reason, indexPath);
    warnings.push({ code: "IX_SHARD_MISSING", message: `${indexPath}: ${reason}; only the rest is read` });
  }
  const shards = new Map<string, SafetensorsFile>();
  for (const name of present) shards.set(name, await readSafetensors(join(dirname(indexPath), name)));

  checkPlaces(index, shards, indexPath);
  checkDistinct(shards.values());
  warnings.push(...unindexed(index, shards, indexPath));
  if (missing.length === 0) warnings.push(...wrongTotal(index, shards, indexPath));

  const files = [...shards.values()];
  const tensors = files.flatMap((file) => file.tensors).filter((tensor) => index.weightMap.has(tensor.name));
  return { files, tensors, warnings };
}

/** One or several files without an index; their tensors must be distinct. Errors: IX_DUPLICATE_TENSOR, ST_*. */
export async function readUnion(paths: readonly string[]): Promise<TensorSet> {
  const files: SafetensorsFile[] = [];
  for (const path of paths) files.push(await readSafetensors(path));
  checkDistinct(files);
  return { files, tensors: files.flatMap((file) => file.tensors), warnings: [] };
}

function missingShards(reason: string, indexPath: string): SpectrapError {
  return new SpectrapError("IX_SHARD_MISSING", reason, {
    file: indexPath,
    hint: "finish the download, or allow missing shards to read the rest",
  });
}
