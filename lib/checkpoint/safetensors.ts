import { createHash } from "node:crypto";
import type { SourceFile } from "../solver/matrix.ts";
import { withFile } from "./file.ts";
import { HEADER_START, headerLength, parseHeader } from "./header.ts";
import { refuseLfsPointer } from "./lfs.ts";
import type { Tensor } from "./tensor.ts";

/** A safetensors file whose header has been read and checked. */
export interface SafetensorsFile {
  file: SourceFile;
  /** SHA-256 of the header, hexadecimal: names, types, shapes and places of all tensors. */
  headerSha256: string;
  /** In the order of the header. */
  tensors: Tensor[];
  /** Bytes of the data section. */
  payload: number;
}

/**
 * Reads the header of a safetensors file, never its data. Errors: ST_* for what the file says,
 * CK_* for what the operating system says, CK_LFS_POINTER.
 */
export function readSafetensors(path: string): Promise<SafetensorsFile> {
  return withFile(path, async (open) => {
    await refuseLfsPointer(open);
    const file = open.source;
    const length = headerLength(await open.read(0, Math.min(HEADER_START, file.size)), file);
    const header = await open.read(HEADER_START, length);
    const headerSha256 = createHash("sha256").update(header).digest("hex");
    return {
      file,
      headerSha256,
      tensors: parseHeader(header, file),
      payload: file.size - HEADER_START - length,
    };
  });
}
