import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SpectrapError } from "../../solver/error.ts";
import { PARTIAL } from "../rewrite/partial-folder.ts";
import { writeAll } from "../write-all.ts";
import type { PlacedTensor, Shard } from "./shards.ts";

const INDEX = "model.safetensors.index.json";

/** Names a checkpoint of ours may have left; --force removes these and no others. */
const OWN =
  /^(model(-{1,2}\d+-of-\d+)?\.safetensors(\.index\.json)?|(config|dtypes|truth)\.json)(\.partial)?$/;

interface Place {
  handle: FileHandle;
  tensor: PlacedTensor;
}

/**
 * A checkpoint directory under construction. Shards are created at their full size as `*.partial`, which no
 * reader takes for weights, and get their names in `commit`.
 */
export class CheckpointWriter {
  readonly #directory: string;
  readonly #created: boolean;
  readonly #shards: Shard[];
  readonly #handles: FileHandle[] = [];
  readonly #places = new Map<string, Place>();
  /** What `discard` has to remove. */
  readonly #files: string[] = [];

  /** Errors: SY_NOT_EMPTY for a directory with content, unless `force`; SY_WRITE for what the file system refuses. */
  static async create(directory: string, shards: Shard[], force: boolean): Promise<CheckpointWriter> {
    return refused(directory, async () => {
      const created = (await mkdir(directory, { recursive: true })) !== undefined;
      if (!created && !force && (await readdir(directory)).length > 0) {
        const hint = "choose another directory, or --force to replace the checkpoint in it";
        throw new SpectrapError("SY_NOT_EMPTY", "the directory is not empty", { file: directory, hint });
      }
      const writer = new CheckpointWriter(directory, created, shards);
      try {
        for (const shard of shards) await writer.#open(shard);
      } catch (error) {
        await writer.discard();
        throw error;
      }
      return writer;
    });
  }

  private constructor(directory: string, created: boolean, shards: Shard[]) {
    this.#directory = directory;
    this.#created = created;
    this.#shards = shards;
  }

  async #open(shard: Shard): Promise<void> {
    const handle = await open(this.#path(shard.file + PARTIAL), "w");
    this.#handles.push(handle);
    await handle.truncate(shard.size);
    await writeAll(handle, shard.head, 0);
    for (const tensor of shard.tensors) this.#places.set(tensor.name, { handle, tensor });
  }

  /** Writes bytes of a tensor, `at` bytes from its beginning. */
  async write(name: string, bytes: Uint8Array, at: number): Promise<void> {
    const { handle, tensor } = this.#places.get(name)!;
    if (at + bytes.length > tensor.bytes)
      throw new RangeError(`${name}: ${bytes.length} bytes at ${at} do not fit`);
    await refused(this.#directory, () => writeAll(handle, bytes, tensor.begin + at));
  }

  /**
   * Adds `documents` (JSON by file name) and the index, and gives every file its name: shards after the index that
   * lists them, so that a checkpoint of several is never taken for whole before it is.
   */
  async commit(documents: Record<string, unknown>): Promise<void> {
    await refused(this.#directory, async () => {
      for (const handle of this.#handles.splice(0)) await handle.close();
      const texts = new Map(
        Object.entries(this.#shards.length > 1 ? { [INDEX]: this.#index(), ...documents } : documents),
      );
      for (const [file, content] of texts) {
        await writeFile(this.#path(file + PARTIAL), `${JSON.stringify(content, null, 2)}\n`);
      }
      const names = [...texts.keys(), ...this.#shards.map((shard) => shard.file)];
      const fresh = new Set(names.map((name) => name + PARTIAL));
      for (const old of await readdir(this.#directory)) {
        if (OWN.test(old) && !fresh.has(old)) await rm(join(this.#directory, old));
      }
      for (const name of names) await rename(join(this.#directory, name + PARTIAL), this.#path(name));
    });
  }

  /** Removes everything written so far, and the directory if it was not there before and nobody else uses it. */
  async discard(): Promise<void> {
    for (const handle of this.#handles.splice(0)) await handle.close();
    for (const file of this.#files) await rm(file, { force: true });
    if (this.#created) await rmdir(this.#directory).catch(() => undefined);
  }

  #path(name: string): string {
    const path = join(this.#directory, name);
    this.#files.push(path);
    return path;
  }

  #index(): unknown {
    const total = this.#shards
      .flatMap((shard) => shard.tensors)
      .reduce((sum, tensor) => sum + tensor.bytes, 0);
    const pairs = this.#shards.flatMap((shard) =>
      shard.tensors.map((tensor) => [tensor.name, shard.file] as const),
    );
    pairs.sort(([a], [b]) => (a < b ? -1 : 1));
    return { metadata: { total_size: total }, weight_map: Object.fromEntries(pairs) };
  }
}

/** Gives what the file system refuses its code. */
async function refused<T>(directory: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new SpectrapError("SY_WRITE", error.message, { file: directory, cause: error });
  }
}
