import { printable, SpectrapError } from "../solver/error.ts";
import { JsonNumber } from "./json.ts";
import { MAX_HEADER_NESTING, MAX_INDEX_BYTES, MAX_SHARDS } from "./limits.ts";
import { readJson } from "./read-json.ts";
import { shardNameFault } from "./shard-path.ts";

/** What an index file says. */
export interface ShardIndex {
  /** Tensor name → file name of its shard, as written. */
  weightMap: Map<string, string>;
  /** File names of the shards, sorted. */
  shards: string[];
  /** metadata.total_size, or null without one. */
  totalSize: number | null;
}

const RULES = {
  bytes: MAX_INDEX_BYTES,
  nesting: MAX_HEADER_NESTING,
  limitCode: "IX_LIMIT",
  syntaxCode: "IX_NOT_JSON",
};

/**
 * Reads `*.safetensors.index.json`. Shards are what the map names, never what numbers in file names promise:
 * GPT-OSS counts from 0 to "of" inclusive. Errors: IX_NOT_JSON, IX_LIMIT, IX_DUPLICATE_KEY,
 * IX_NO_WEIGHT_MAP, IX_SHARD_NAME_UNSAFE, IX_TOO_MANY_SHARDS.
 */
export async function readShardIndex(path: string): Promise<ShardIndex> {
  const { value, duplicate } = await readJson(path, RULES);
  if (duplicate !== null) {
    throw new SpectrapError("IX_DUPLICATE_KEY", `has the key "${printable(duplicate.key)}" twice`, {
      file: path,
      offset: duplicate.offset,
      hint: "a tensor can lie in one shard only; write the index again",
    });
  }
  const weightMap = value instanceof Map ? value.get("weight_map") : undefined;
  if (!isStringMap(weightMap)) {
    throw new SpectrapError("IX_NO_WEIGHT_MAP", "has no weight_map that gives tensors their files", {
      file: path,
      hint: "name an index file of safetensors shards",
    });
  }
  const shards = [...new Set(weightMap.values())].sort();
  for (const shard of shards) checkShardName(shard, path);
  if (shards.length > MAX_SHARDS) {
    throw new SpectrapError(
      "IX_TOO_MANY_SHARDS",
      `names ${shards.length} shards; ${MAX_SHARDS} are the limit`,
      {
        file: path,
        hint: "check that this is the right index",
      },
    );
  }
  const metadata = value instanceof Map ? value.get("metadata") : undefined;
  return {
    weightMap,
    shards,
    totalSize: metadata instanceof Map ? asNumber(metadata.get("total_size")) : null,
  };
}

function isStringMap(json: unknown): json is Map<string, string> {
  return (
    json instanceof Map && json.size > 0 && [...json.values()].every((value) => typeof value === "string")
  );
}

function checkShardName(shard: string, path: string): void {
  const fault = shardNameFault(shard);
  if (fault === null) return;
  throw new SpectrapError("IX_SHARD_NAME_UNSAFE", `names the shard "${printable(shard)}", which ${fault}`, {
    file: path,
    hint: "do not trust this index; shards must lie beside it",
  });
}

function asNumber(json: unknown): number | null {
  if (json instanceof JsonNumber) return Number(json.text);
  return typeof json === "number" ? json : null;
}
