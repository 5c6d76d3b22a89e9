import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { writeAll } from "../checkpoint/write-all.ts";
import { outError } from "./out-error.ts";

interface Waiting {
  bytes: Uint8Array;
  resolve: (offset: number) => void;
  reject: (error: unknown) => void;
}

/**
 * A file that only grows. What is appended while a write is under way goes out with the next one, so that a slow disk
 * costs one synchronisation for many records and never holds up the threads that make them.
 */
export class AppendFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #size: number;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | null = null;
  #failure: unknown = null;

  private constructor(path: string, handle: FileHandle, size: number) {
    this.#path = path;
    this.#handle = handle;
    this.#size = size;
  }

  /** Opens or makes it. Errors: OUT_WRITE. */
  static async open(path: string): Promise<AppendFile> {
    try {
      const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
      return new AppendFile(path, handle, (await handle.stat()).size);
    } catch (cause) {
      throw outError(cause, path);
    }
  }

  /** For locks, which the system keeps with the descriptor. */
  get descriptor(): number {
    return this.#handle.fd;
  }

  /** Bytes that are safely there. */
  get size(): number {
    return this.#size;
  }

  /** Resolves with the place of the bytes once they are on the disk. After a failure every call fails. */
  append(bytes: Uint8Array): Promise<number> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.#handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) return bytes.subarray(0, done);
      done += bytesRead;
    }
    return bytes;
  }

  /** Cuts off what lies beyond `size`. */
  async truncate(size: number): Promise<void> {
    try {
      await this.#handle.truncate(size);
      await this.#handle.datasync();
      this.#size = size;
    } catch (cause) {
      throw outError(cause, this.#path);
    }
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      try {
        let offset = await this.#write(Buffer.concat(group.map(({ bytes }) => bytes)));
        for (const { bytes, resolve } of group) {
          resolve(offset);
          offset += bytes.length;
        }
      } catch (cause) {
        this.#failure = outError(cause, this.#path);
        // Best effort: the next session cuts a torn end off as well.
        await this.#handle.truncate(this.#size).catch(() => {});
        for (const { reject } of [...group, ...this.#waiting.splice(0)]) reject(this.#failure);
      }
    }
    // At once, in the same turn as the last look at the queue: whoever appends next must find no flush, or a live one.
    this.#flushing = null;
  }

  async #write(bytes: Uint8Array): Promise<number> {
    const start = this.#size;
    await writeAll(this.#handle, bytes, start);
    await this.#handle.datasync();
    this.#size = start + bytes.length;
    return start;
  }
}
