import { printable } from "../solver/error.ts";
import type { SourceFile } from "../solver/matrix.ts";
import { type Dtype, dtypeBits, isDtype } from "./dtype.ts";
import { headerError } from "./header-error.ts";
import { type Json, JsonNumber } from "./json.ts";
import { MAX_NAME_BYTES, MAX_RANK } from "./limits.ts";

/** One tensor on its way through the checks; each check fills in what it has found good. */
export interface Entry {
  readonly name: string;
  readonly json: Json;
  dtype: Dtype;
  shape: readonly number[];
  /** Relative to the first data byte. */
  begin: number;
  end: number;
  /** What dtype and shape need; above 2^53 only roughly. */
  bytes: number;
}

type Check = (entry: Entry, file: SourceFile) => void;

/** In the order in which the format's faults are reported. */
export const CHECKS: readonly Check[] = [
  checkName,
  checkMembers,
  checkNumbers,
  checkDtype,
  checkRank,
  checkSize,
  checkWholeBytes,
  checkOffsets,
  checkRange,
];

function refuse(code: string, reason: string, entry: Entry, file: SourceFile): never {
  throw headerError(code, reason, { file: file.path, tensor: entry.name });
}

/** A lone surrogate comes out of an escape like `\ud800` and has no UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

function checkName(entry: Entry, file: SourceFile): void {
  const { name } = entry;
  const bytes = Buffer.byteLength(name);
  if (bytes < 1 || bytes > MAX_NAME_BYTES) {
    refuse("ST_NAME_INVALID", `name has ${bytes} bytes; 1 to ${MAX_NAME_BYTES} are allowed`, entry, file);
  }
  if (name.includes("\0")) refuse("ST_NAME_INVALID", "name contains NUL", entry, file);
  if (LONE_SURROGATE.test(name))
    refuse("ST_NAME_INVALID", "name contains half a surrogate pair", entry, file);
}

function checkMembers(entry: Entry, file: SourceFile): void {
  const fault = memberFault(entry.json);
  if (fault !== null) refuse("ST_ENTRY_INVALID", fault, entry, file);
}

function memberFault(json: Json): string | null {
  if (!(json instanceof Map)) return "entry is not an object";
  for (const member of ["dtype", "shape", "data_offsets"]) {
    if (!json.has(member)) return `entry has no ${member}`;
  }
  if (json.size !== 3) return "entry has members other than dtype, shape and data_offsets";
  if (typeof json.get("dtype") !== "string") return "dtype is not a string";
  if (!isNumbers(json.get("shape"))) return "shape is not an array of numbers";
  const offsets = json.get("data_offsets");
  if (!isNumbers(offsets) || offsets.length !== 2) return "data_offsets is not an array of two numbers";
  return null;
}

function isNumbers(json: Json | undefined): json is (number | JsonNumber)[] {
  return Array.isArray(json) && json.every((item) => typeof item === "number" || item instanceof JsonNumber);
}

function member<T>(entry: Entry, key: string): T {
  return (entry.json as Map<string, Json>).get(key) as T;
}

function checkNumbers(entry: Entry, file: SourceFile): void {
  const shape = member<(number | JsonNumber)[]>(entry, "shape");
  const offsets = member<(number | JsonNumber)[]>(entry, "data_offsets");
  for (const number of [...shape, ...offsets]) {
    if (number instanceof JsonNumber) {
      refuse(
        "ST_NUMBER_INVALID",
        `${printable(number.text)} is not a plain integer up to 2^53-1`,
        entry,
        file,
      );
    }
  }
  entry.shape = shape as number[];
  [entry.begin, entry.end] = offsets as [number, number];
}

function checkDtype(entry: Entry, file: SourceFile): void {
  const dtype = member<string>(entry, "dtype");
  if (!isDtype(dtype)) refuse("ST_DTYPE_UNKNOWN", `unknown dtype "${printable(dtype)}"`, entry, file);
  entry.dtype = dtype;
}

function checkRank(entry: Entry, file: SourceFile): void {
  const rank = entry.shape.length;
  if (rank > MAX_RANK) {
    refuse("ST_SHAPE_INVALID", `has ${rank} dimensions; ${MAX_RANK} are the limit`, entry, file);
  }
}

/** A product of doubles is exact up to 2^53, and where the true one is larger it is not smaller than that. */
function checkSize(entry: Entry, file: SourceFile): void {
  const bits = dtypeBits(entry.dtype);
  const size = entry.shape.reduce((product, dim) => product * dim, bits);
  if (size <= Number.MAX_SAFE_INTEGER) {
    entry.bytes = size / 8;
    return;
  }
  const exact = entry.shape.reduce((product, dim) => product * BigInt(dim), BigInt(bits));
  if (exact >= 2n ** 64n) {
    refuse("ST_SIZE_OVERFLOW", `shape [${entry.shape.join(", ")}] does not fit 64 bits`, entry, file);
  }
  entry.bytes = Number(exact / 8n) + Number(exact % 8n) / 8;
}

function checkWholeBytes(entry: Entry, file: SourceFile): void {
  if (!Number.isInteger(entry.bytes)) {
    refuse("ST_SUBBYTE_MISALIGNED", `${entry.dtype} of this shape does not fill whole bytes`, entry, file);
  }
}

function checkOffsets(entry: Entry, file: SourceFile): void {
  if (entry.begin > entry.end) {
    refuse("ST_OFFSETS_INVALID", `begins at ${entry.begin}, after its end at ${entry.end}`, entry, file);
  }
}

function checkRange(entry: Entry, file: SourceFile): void {
  const given = entry.end - entry.begin;
  if (given !== entry.bytes) {
    const shape = `${entry.dtype} [${entry.shape.join(", ")}]`;
    refuse("ST_SIZE_MISMATCH", `has ${given} bytes where ${shape} needs ${entry.bytes}`, entry, file);
  }
}
