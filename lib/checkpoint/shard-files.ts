import { realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { printable, SpectrapError } from "../solver/error.ts";
import { fileError } from "./file.ts";
import type { ShardIndex } from "./shard-index.ts";
import { allowedFolders, isInside } from "./shard-path.ts";

export interface ShardFiles {
  /** File names, as the index writes them. */
  present: string[];
  missing: string[];
}

/** Which shards of an index are there. Errors: IX_SHARD_NAME_UNSAFE for a link out of the folder, CK_*. */
export async function findShards(index: ShardIndex, indexPath: string): Promise<ShardFiles> {
  const folder = dirname(indexPath);
  const allowed = await allowedFolders(folder);
  const found: ShardFiles = { present: [], missing: [] };
  for (const shard of index.shards) {
    const real = await realFile(join(folder, shard));
    if (real !== null && !isInside(real, allowed)) throw escapes(shard, indexPath);
    (real === null ? found.missing : found.present).push(shard);
  }
  return found;
}

/** The path behind all symbolic links, or null where no regular file is. */
async function realFile(path: string): Promise<string | null> {
  try {
    const real = await realpath(path);
    return (await stat(real)).isFile() ? real : null;
  } catch (error) {
    const known = fileError(error, path);
    if (known instanceof SpectrapError && known.code === "CK_NOT_FOUND") return null;
    throw known;
  }
}

function escapes(shard: string, indexPath: string): SpectrapError {
  return new SpectrapError(
    "IX_SHARD_NAME_UNSAFE",
    `the shard "${printable(shard)}" is a link out of the folder`,
    {
      file: indexPath,
      hint: "do not trust this folder; if you know the real file, copy it beside the index",
    },
  );
}
