import { type ErrorPlace, SpectrapError } from "../solver/error.ts";

const DAMAGED = "the file is damaged or not a safetensors file; download or save it again";

/** An error of the safetensors reader: code ST_*, see docs/errors.md. */
export function headerError(code: string, reason: string, place: ErrorPlace): SpectrapError {
  return new SpectrapError(code, reason, { hint: DAMAGED, ...place });
}
