import { SpectrapError } from "../solver/error.ts";

/** Codes about the checkpoint, the machine or the call as a whole; every other code concerns one matrix. */
const WHOLE = /^(CK|ST|IX|US|BLAS|ADDON|ERR)_/;

/** The error of one matrix, for its row. Throws what concerns the whole analysis, and mistakes of ours. */
export function matrixError(error: unknown): SpectrapError {
  if (error instanceof SpectrapError && !WHOLE.test(error.code)) return error;
  throw error;
}

/** Codes that another session with more memory or better luck may not give again. */
const PASSING = new Set(["MEMORY_BUDGET", "NATIVE_FAILURE"]);

/** Whether a resumed run tries the matrix again. */
export function mayPass(code: string): boolean {
  return PASSING.has(code);
}

/** What an analysis ends with when its signal is aborted; `name` is "AbortError", as programs expect. */
export function cancelled(signal: AbortSignal): SpectrapError {
  const error = new SpectrapError("ERR_CANCELLED", "the analysis was cancelled", { cause: signal.reason });
  error.name = "AbortError";
  return error;
}
