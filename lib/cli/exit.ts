import { CommanderError } from "commander";
import { SpectrapError } from "../solver/error.ts";

export const exitCodes = { done: 0, errorRows: 1, unusable: 2, conditionMet: 3, interrupted: 130 } as const;

/** Says on stderr what went wrong, unless that is clear, and gives the exit code. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.unusable;
  if (isClosedPipe(error)) return exitCodes.done;
  if (error instanceof SpectrapError && error.code === "ERR_CANCELLED") {
    process.stderr.write("interrupted\n");
    return exitCodes.interrupted;
  }
  process.stderr.write(`spectrap: ${describe(error)}\n`);
  return exitCodes.unusable;
}

/** Whoever read our output has left, as `head` does; that is no failure. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

/** What we raise on purpose speaks for itself; anything else is a mistake of ours and needs its stack. */
function describe(error: unknown): string {
  if (error instanceof SpectrapError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
