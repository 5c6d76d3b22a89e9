import { printable, SpectrapError } from "../solver/error.ts";
import type { Warning } from "./checkpoint.ts";
import type { SafetensorsFile } from "./safetensors.ts";
import type { ShardIndex } from "./shard-index.ts";

/** Shards by the name the index gives them. */
export type Shards = ReadonlyMap<string, SafetensorsFile>;

/**
 * Every tensor of the index is in the shard the index says.
 * Errors: IX_TENSOR_IN_OTHER_SHARD, IX_TENSOR_NOT_IN_SHARD (not for a shard that is missing with leave).
 */
export function checkPlaces(index: ShardIndex, shards: Shards, indexPath: string): void {
  const names = new Map(
    [...shards].map(([shard, { tensors }]) => [shard, new Set(tensors.map((t) => t.name))]),
  );
  const holders = new Map(
    [...names].flatMap(([shard, held]) => [...held].map((name) => [name, shard] as const)),
  );
  for (const [tensor, shard] of index.weightMap) {
    if (names.get(shard)?.has(tensor)) continue;
    const place = {
      file: indexPath,
      tensor,
      hint: "index and shards do not belong together; fetch them again",
    };
    const holder = holders.get(tensor);
    if (holder !== undefined) {
      const reason = `should be in "${printable(shard)}" but is in "${printable(holder)}"`;
      throw new SpectrapError("IX_TENSOR_IN_OTHER_SHARD", reason, place);
    }
    if (names.has(shard)) {
      throw new SpectrapError("IX_TENSOR_NOT_IN_SHARD", `is not in its shard "${printable(shard)}"`, place);
    }
  }
}

/** No name occurs in two files. Errors: IX_DUPLICATE_TENSOR. */
export function checkDistinct(files: Iterable<SafetensorsFile>): void {
  const holders = new Map<string, string>();
  for (const { file, tensors } of files) {
    for (const { name } of tensors) {
      const other = holders.get(name);
      if (other !== undefined) {
        throw new SpectrapError("IX_DUPLICATE_TENSOR", `is in ${other} as well`, {
          file: file.path,
          tensor: name,
          hint: "the files do not belong together, or a tensor was written twice",
        });
      }
      holders.set(name, file.path);
    }
  }
}

/** Tensors the index does not list: a warning, and they are not read. */
export function unindexed(index: ShardIndex, shards: Shards, indexPath: string): Warning[] {
  const names = [...shards.values()].flatMap(({ tensors }) =>
    tensors.filter((tensor) => !index.weightMap.has(tensor.name)).map((tensor) => tensor.name),
  );
  if (names.length === 0) return [];
  const first = printable(names[0]!);
  const message = `${indexPath}: ${names.length} tensors of its shards are not listed and not read, the first is "${first}"`;
  return [{ code: "IX_TENSOR_UNINDEXED", message }];
}

/** Many public uploads carry a wrong sum, so it is a warning only. */
export function wrongTotal(index: ShardIndex, shards: Shards, indexPath: string): Warning[] {
  const payload = [...shards.values()].reduce((sum, shard) => sum + shard.payload, 0);
  if (index.totalSize === null || index.totalSize === payload) return [];
  const message = `${indexPath}: total_size is ${index.totalSize}, but the shards hold ${payload} bytes`;
  return [{ code: "IX_TOTAL_SIZE", message }];
}
