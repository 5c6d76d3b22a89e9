import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { SpectrapError } from "../solver/error.ts";
import type { SourceFile } from "../solver/matrix.ts";

/** A file held open by one descriptor, so that its size and its bytes belong together. */
export interface OpenFile {
  source: SourceFile;
  /** Bytes `offset` to `offset + length`; the caller has compared them with the size. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/**
 * Opens a regular file, hands it to `use`, and makes sure that it was the same file from beginning to end.
 * Errors: CK_NOT_FOUND, CK_NO_PERMISSION, CK_NOT_A_FILE, CK_READ_FAILED, CK_FILE_CHANGED.
 */
export async function withFile<T>(path: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK a named pipe would hold us until somebody writes.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const source = await describe(handle, path);
    const result = await use({ source, read: (offset, length) => readAll(handle!, source, offset, length) });
    checkSame(await describe(handle, path), source);
    return result;
  } catch (error) {
    throw fileError(error, path);
  } finally {
    await handle?.close();
  }
}

/** Turns an error of the operating system into one of ours; ours pass unchanged. */
export function fileError(error: unknown, path: string): unknown {
  if (error instanceof SpectrapError || !isSystemError(error)) return error;
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
    case "ELOOP":
    case "ENAMETOOLONG":
    case "ERR_INVALID_ARG_VALUE":
      return new SpectrapError("CK_NOT_FOUND", "there is no such file or folder", {
        file: path,
        hint: "check the spelling of the location",
        cause: error,
      });
    case "EACCES":
    case "EPERM":
      return new SpectrapError("CK_NO_PERMISSION", "may not be read", {
        file: path,
        hint: "give the user who runs this the permission to read it",
        cause: error,
      });
    default:
      return new SpectrapError("CK_READ_FAILED", `cannot be read: ${error.code}`, {
        file: path,
        hint: "check the disk or the network share it lies on",
        cause: error,
      });
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

async function describe(handle: FileHandle, path: string): Promise<SourceFile> {
  const stat = await handle.stat({ bigint: true });
  if (!stat.isFile()) {
    throw new SpectrapError("CK_NOT_A_FILE", "is neither a regular file nor a folder", {
      file: path,
      hint: "name a checkpoint file or a folder that holds one",
    });
  }
  return { path, size: Number(stat.size), mtimeNs: stat.mtimeNs, inode: stat.ino };
}

/** Throws CK_FILE_CHANGED unless both describe the same file in the same state. */
export function checkSame(now: SourceFile, before: SourceFile): void {
  if (!same(now, before)) throw changed(before);
}

function same(a: SourceFile, b: SourceFile): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.inode === b.inode;
}

function changed(source: SourceFile): SpectrapError {
  return new SpectrapError("CK_FILE_CHANGED", "changed while it was read", {
    file: source.path,
    hint: "wait until whatever writes it has finished, then start again",
  });
}

async function readAll(
  handle: FileHandle,
  source: SourceFile,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw changed(source);
    done += bytesRead;
  }
  return bytes;
}
