import { printable } from "../solver/error.ts";
import type { SourceFile } from "../solver/matrix.ts";
import { CHECKS, type Entry } from "./header-entry.ts";
import { headerError } from "./header-error.ts";
import { type JsonObject, JsonSyntaxError, type ParsedJson, parseJson } from "./json.ts";
import { MAX_HEADER_BYTES, MAX_HEADER_NESTING, MAX_TENSORS_PER_FILE } from "./limits.ts";
import type { Tensor } from "./tensor.ts";
import { utf8Fault } from "./utf8.ts";

/** The header stands after its length, a little-endian u64. */
export const HEADER_START = 8;

/**
 * Length of the header, from the first 8 bytes of a file (fewer when it has fewer).
 * Errors: ST_FILE_TOO_SHORT, ST_HEADER_TOO_LARGE, ST_HEADER_EMPTY, ST_HEADER_TRUNCATED.
 */
export function headerLength(first: Uint8Array, file: SourceFile): number {
  const place = { file: file.path, offset: 0 };
  if (first.length < HEADER_START || file.size < HEADER_START) {
    throw headerError("ST_FILE_TOO_SHORT", `has ${file.size} bytes; the shortest header needs 8`, place);
  }
  const length = Buffer.from(first.buffer, first.byteOffset, HEADER_START).readBigUInt64LE(0);
  if (length > MAX_HEADER_BYTES) {
    throw headerError(
      "ST_HEADER_TOO_LARGE",
      `claims a header of ${length} bytes; ${MAX_HEADER_BYTES} are the limit`,
      place,
    );
  }
  if (length < 2) {
    throw headerError("ST_HEADER_EMPTY", `claims a header of ${length} bytes; the shortest is {}`, place);
  }
  if (HEADER_START + Number(length) > file.size) {
    throw headerError(
      "ST_HEADER_TRUNCATED",
      `claims a header of ${length} bytes but ends after ${file.size}`,
      place,
    );
  }
  return Number(length);
}

/**
 * The tensors a header declares, in its order, with absolute byte ranges. Every check of the format is made,
 * one after the other over all tensors, so that a file with several faults always gives the first of them;
 * the ranges then cover the data section exactly once. Errors: ST_*, see docs/errors.md.
 *
 * @param header the bytes of the header alone, without its length
 * @param file the file they come from; only its path and size are used
 */
export function parseHeader(header: Uint8Array, file: SourceFile): Tensor[] {
  const members = rootObject(header, file);
  checkMetadata(members, file);
  const entries = listEntries(members, file);
  for (const check of CHECKS) {
    for (const entry of entries) check(entry, file);
  }
  const dataStart = HEADER_START + header.length;
  checkCoverage(entries, dataStart, file);
  return entries.map(({ name, dtype, shape, begin, end }) => ({
    name,
    dtype,
    shape,
    bytes: { file, begin: dataStart + begin, end: dataStart + end },
  }));
}

function rootObject(header: Uint8Array, file: SourceFile): JsonObject {
  const fault = utf8Fault(header);
  if (fault !== null) {
    throw headerError("ST_HEADER_NOT_UTF8", `header ${fault}`, { file: file.path, offset: HEADER_START });
  }
  const { value, duplicate } = parse(header, file);
  if (!(value instanceof Map)) {
    throw headerError("ST_HEADER_NOT_OBJECT", "header is not a JSON object", {
      file: file.path,
      offset: HEADER_START,
    });
  }
  if (duplicate !== null) {
    throw headerError("ST_DUPLICATE_KEY", `header has the key "${printable(duplicate.key)}" twice`, {
      file: file.path,
      offset: HEADER_START + duplicate.offset,
    });
  }
  return value;
}

function parse(header: Uint8Array, file: SourceFile): ParsedJson {
  try {
    return parseJson(header, { nesting: MAX_HEADER_NESTING });
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw headerError("ST_HEADER_NOT_JSON", `header is not JSON: ${error.message}`, {
      file: file.path,
      offset: HEADER_START + error.offset,
      cause: error,
    });
  }
}

const METADATA = "__metadata__";

function checkMetadata(members: JsonObject, file: SourceFile): void {
  const metadata = members.get(METADATA);
  if (metadata === undefined) return;
  if (!(metadata instanceof Map) || [...metadata.values()].some((value) => typeof value !== "string")) {
    throw headerError("ST_METADATA_INVALID", `${METADATA} is not an object of strings`, { file: file.path });
  }
}

function listEntries(members: JsonObject, file: SourceFile): Entry[] {
  if (members.size > MAX_TENSORS_PER_FILE) {
    throw headerError("ST_LIMIT", `declares ${members.size} tensors; ${MAX_TENSORS_PER_FILE} are the limit`, {
      file: file.path,
    });
  }
  const entries: Entry[] = [];
  for (const [name, json] of members) {
    if (name !== METADATA) entries.push({ name, json, dtype: "U8", shape: [], begin: 0, end: 0, bytes: 0 });
  }
  return entries;
}

/** The ranges, sorted, must follow each other without gap or overlap from the first data byte to the last. */
function checkCoverage(entries: readonly Entry[], dataStart: number, file: SourceFile): void {
  let cursor = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const place = { file: file.path, tensor: name, offset: dataStart + begin };
    if (begin < cursor) throw headerError("ST_OVERLAP", "shares bytes with another tensor", place);
    if (begin > cursor) {
      throw headerError("ST_HOLE", `${begin - cursor} bytes before it belong to no tensor`, place);
    }
    cursor = end;
  }
  const needed = dataStart + cursor;
  const place = { file: file.path, offset: Math.min(needed, file.size) };
  if (needed > file.size) {
    throw headerError("ST_DATA_TRUNCATED", `ends ${needed - file.size} bytes before its last tensor does`, {
      ...place,
      hint: "the download or copy was cut off; fetch the file again",
    });
  }
  if (needed < file.size) {
    throw headerError("ST_TRAILING_BYTES", `has ${file.size - needed} bytes after its last tensor`, place);
  }
}
