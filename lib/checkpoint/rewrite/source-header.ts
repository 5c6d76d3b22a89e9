import type { SourceFile } from "../../solver/matrix.ts";
import { checkSame, withFile } from "../file.ts";
import { HEADER_START, headerLength, parseHeader } from "../header.ts";
import type { Tensor } from "../tensor.ts";

/** The header of a weight file with all that a copy must keep of it. */
export interface SourceHeader {
  /** Length and JSON, as they stand in the file. */
  head: Uint8Array;
  metadata: Record<string, string> | undefined;
  /** In the order of their data; also those that the index does not list. */
  tensors: Tensor[];
}

/** Reads the header again. Errors: CK_FILE_CHANGED if the file is not the one that was opened, CK_*, ST_*. */
export function readSourceHeader(file: SourceFile): Promise<SourceHeader> {
  return withFile(file.path, async (open) => {
    checkSame(open.source, file);
    const length = headerLength(await open.read(0, HEADER_START), file);
    const head = await open.read(0, HEADER_START + length);
    const json = head.subarray(HEADER_START);
    const tensors = parseHeader(json, file);
    // Every check has been made: one member of this name, an object of strings.
    const { __metadata__: metadata } = JSON.parse(Buffer.from(json).toString("utf8"));
    const byData = (a: Tensor, b: Tensor) => a.bytes.begin - b.bytes.begin || a.bytes.end - b.bytes.end;
    return { head, metadata, tensors: tensors.sort(byData) };
  });
}
