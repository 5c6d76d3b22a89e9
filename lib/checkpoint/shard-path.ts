import { realpath } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";

/**
 * Why an index must not name this file, or null. An index comes from strangers: it may only name files
 * of its own folder or below, in a way that means the same on every system.
 */
export function shardNameFault(name: string): string | null {
  if (name.includes("\0")) return "contains NUL";
  if (name.includes("://")) return "is an address";
  if (/^[/\\]/.test(name)) return "is an absolute path";
  if (/^[A-Za-z]:/.test(name)) return "names a drive";
  if (name.split(/[/\\]/).includes("..")) return "leaves the folder";
  if (!name.endsWith(".safetensors")) return "does not end in .safetensors";
  return null;
}

/** Folders, real paths, in which the real file of a shard may lie when its index lies in `folder`. */
export async function allowedFolders(folder: string): Promise<string[]> {
  const real = await realpath(folder);
  const blobs = hubBlobs(real);
  return blobs === null ? [real] : [real, blobs];
}

export function isInside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep));
}

/**
 * The local cache of the model hub keeps `<repo>/snapshots/<commit>/model.safetensors` as a symbolic link
 * into `<repo>/blobs`; the snapshot may have folders.
 */
function hubBlobs(folder: string): string | null {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    const parent = dirname(at);
    const repository = dirname(parent);
    if (basename(parent) === "snapshots" && /^(models|datasets|spaces)--/.test(basename(repository))) {
      return join(repository, "blobs");
    }
  }
  return null;
}
