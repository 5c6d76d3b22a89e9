import { InvalidArgumentError } from "commander";

/** Parser of an option that is a whole number; its range is checked where it is used. */
export function whole(text: string): number {
  if (!/^\d{1,16}$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}

/** Parser of a size in GiB, to bytes. */
export function gibibytes(text: string): number {
  const bytes = Math.floor(Number(text) * 2 ** 30);
  if (text.trim() === "" || !(bytes > 0 && bytes <= Number.MAX_SAFE_INTEGER)) {
    throw new InvalidArgumentError("Expected a positive number of GiB.");
  }
  return bytes;
}

/** Parser of an option that may be repeated and holds several values with commas. */
export function list(text: string, previous: readonly string[] = []): string[] {
  return [...previous, ...text.split(",")];
}

/** Parser of an option that is a number of at least 0; its range is checked where it is used. */
export function decimal(text: string): number {
  if (!/^\d*\.?\d+(e[+-]?\d+)?$/i.test(text)) throw new InvalidArgumentError("Expected a number.");
  return Number(text);
}
