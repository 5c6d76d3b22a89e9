import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, rmdir, statfs } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { SpectrapError } from "../../solver/error.ts";
import { writeAll } from "../write-all.ts";

/** Ending of a file that is not whole yet; no reader takes it for weights. */
export const PARTIAL = ".partial";

/**
 * A folder that gets its files all at once: each is written under another name, and `commit` gives all of them their own
 * when their bytes are on the disk. After `discard` the folder is as it was.
 */
export class PartialFolder {
  readonly path: string;
  readonly #created: boolean;
  readonly #names: string[] = [];
  readonly #renamed: string[] = [];
  readonly #folders: string[] = [];
  readonly #handles = new Set<FileHandle>();

  private constructor(path: string, created: boolean) {
    this.path = path;
    this.#created = created;
  }

  /**
   * Makes the folder, or takes an empty one. Errors: RW_NOT_EMPTY; RW_SOURCE if it is, or lies in, one of `sources`
   * (real paths); RW_WRITE for what the file system refuses.
   */
  static create(path: string, sources: readonly string[]): Promise<PartialFolder> {
    return refused(path, async () => {
      const real = await futurePath(path);
      if (sources.some((source) => real === source || real.startsWith(source + sep))) {
        throw new SpectrapError("RW_SOURCE", "is, or lies in, the folder that is read", {
          file: path,
          hint: "name a folder elsewhere: the original is never touched",
        });
      }
      const created = (await mkdir(path, { recursive: true })) !== undefined;
      if ((await readdir(path)).length > 0) {
        throw new SpectrapError("RW_NOT_EMPTY", "the folder is not empty", {
          file: path,
          hint: "name a new one: nothing is ever overwritten",
        });
      }
      return new PartialFolder(path, created);
    });
  }

  /** Throws RW_WRITE if the disk has no room for so many bytes; a quota may still refuse them later. */
  async requireRoom(bytes: number): Promise<void> {
    const { bavail, bsize } = await refused(this.path, () => statfs(this.path));
    if (bytes <= bavail * bsize) return;
    throw new SpectrapError("RW_WRITE", `needs ${bytes} bytes where ${bavail * bsize} are free`, {
      file: this.path,
      hint: "make room, or name a folder on another disk",
    });
  }

  /** Makes a file that `fill` writes; it is on the disk when this resolves. The name may have folders. */
  async write(name: string, fill: (file: PartialFile) => Promise<void>): Promise<void> {
    const path = join(this.path, name) + PARTIAL;
    const handle = await refused(path, async () => {
      await this.#makeFolders(dirname(name));
      this.#names.push(name);
      return open(path, "wx");
    });
    this.#handles.add(handle);
    await fill(new PartialFile(path, handle));
    await refused(path, () => handle.sync());
    await this.#close(handle);
  }

  /** Gives every file its name, those in `first` before the others. */
  async commit(first: readonly string[]): Promise<void> {
    await refused(this.path, async () => {
      const early = this.#names.filter((name) => first.includes(name));
      const late = this.#names.filter((name) => !first.includes(name));
      for (const name of [...early, ...late]) {
        this.#renamed.push(name);
        await rename(join(this.path, name) + PARTIAL, join(this.path, name));
      }
      for (const folder of [...this.#folders, "."]) {
        const handle = await open(join(this.path, folder), "r");
        await handle.sync().finally(() => handle.close());
      }
    });
  }

  /** Removes what was written, and the folder if it was not there before. */
  async discard(): Promise<void> {
    for (const handle of this.#handles) await this.#close(handle).catch(() => {});
    for (const name of this.#names) await rm(join(this.path, name) + PARTIAL, { force: true });
    for (const name of this.#renamed) await rm(join(this.path, name), { force: true });
    for (const folder of this.#folders.toReversed()) await rmdir(join(this.path, folder)).catch(() => {});
    if (this.#created) await rmdir(this.path).catch(() => {});
  }

  async #makeFolders(folder: string): Promise<void> {
    if (folder === "." || this.#folders.includes(folder)) return;
    await this.#makeFolders(dirname(folder));
    await mkdir(join(this.path, folder));
    this.#folders.push(folder);
  }

  async #close(handle: FileHandle): Promise<void> {
    this.#handles.delete(handle);
    await handle.close();
  }
}

/** A file of the folder while it is written. */
export class PartialFile {
  readonly #path: string;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** Errors: RW_WRITE. */
  write(bytes: Uint8Array, position: number): Promise<void> {
    return refused(this.#path, () => writeAll(this.#handle, bytes, position));
  }
}

/** The real path that a folder has or would get. */
async function futurePath(path: string): Promise<string> {
  const whole = resolve(path);
  try {
    return await realpath(whole);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(whole) === whole) throw error;
    return join(await futurePath(dirname(whole)), basename(whole));
  }
}

/** Gives what the file system refuses its code. */
async function refused<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    throw new SpectrapError("RW_WRITE", cause.message, {
      file,
      cause,
      hint: "nothing of the new checkpoint is left; mend that and start again",
    });
  }
}
