import { SpectrapError } from "./error.ts";
import type { WeightMatrix } from "./matrix.ts";

/** What to do about an error the addon cannot give advice on. */
const HINTS: Record<string, string> = {
  BLAS_NOT_FOUND: 'install OpenBLAS ("apt-get install libopenblas0") or name a library in SPECTRAP_BLAS',
  UNKNOWN_ISA: "name one of these in SPECTRAP_ISA, or unset it: then the fastest is taken",
  MEMORY_BUDGET: "raise the memory budget (--memory)",
  CK_FILE_CHANGED: "do not write to a checkpoint while it is analysed; start again",
};

/** Gives an error of the addon its place; errors without a code are mistakes of ours and stay as they are. */
export function addonError(cause: unknown, matrix?: WeightMatrix): unknown {
  if (cause instanceof SpectrapError || !(cause instanceof Error)) return cause;
  const { code, file } = cause as Error & { code?: string; file?: string };
  if (code === undefined) return cause;
  const hint = HINTS[code];
  return new SpectrapError(code, cause.message, {
    cause,
    ...(matrix === undefined ? {} : { tensor: matrix.name }),
    ...(file === undefined ? {} : { file }),
    ...(hint === undefined ? {} : { hint }),
  });
}
