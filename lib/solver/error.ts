/** What an error is about; every part that is known is filled in. */
export interface ErrorPlace {
  /** Path of the file at fault. */
  file?: string;
  /** Name of the tensor or matrix at fault, as stored. */
  tensor?: string;
  /** Byte offset in `file`, where known. */
  offset?: number;
  /** What to do next, one sentence. */
  hint?: string;
  cause?: unknown;
}

/** Control characters that JSON leaves as they are, line separators, and those that turn the writing direction. */
const UNSEEN = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** JSON text in which nothing is left that a terminal would obey; it means the same. */
export function visibleJson(value: unknown): string {
  const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(UNSEEN, escapeUnit);
}

/** Names from files are hostile: what a terminal would obey is escaped, and 200 characters are enough. */
export function printable(name: string): string {
  const escaped = visibleJson(name).slice(1, -1);
  return escaped.length > 200 ? `${escaped.slice(0, 199)}…` : escaped;
}

/**
 * Every error spectrap raises on purpose. `code` is stable and meant for programs; `message` names the
 * file, the tensor and the reason; `hint` says what to do next.
 */
export class SpectrapError extends Error {
  readonly code: string;
  readonly file: string | undefined;
  readonly tensor: string | undefined;
  readonly offset: number | undefined;
  readonly hint: string | undefined;
  /** The sentence alone, without file, tensor and hint. */
  readonly reason: string;

  constructor(code: string, reason: string, place: ErrorPlace = {}) {
    const where = [place.file, place.tensor === undefined ? undefined : `tensor "${printable(place.tensor)}"`]
      .filter((part) => part !== undefined)
      .join(", ");
    const hint = place.hint === undefined ? "" : ` (${place.hint})`;
    super(`${where === "" ? "" : `${where}: `}${reason}${hint}`, { cause: place.cause });
    this.name = "SpectrapError";
    this.code = code;
    this.reason = reason;
    this.file = place.file;
    this.tensor = place.tensor;
    this.offset = place.offset;
    this.hint = place.hint;
  }
}
