import { SpectrapError } from "../solver/error.ts";

/** Gives what the file system refuses in a run folder its code, OUT_WRITE; errors of ours pass unchanged. */
export function outError(cause: unknown, file: string): unknown {
  if (cause instanceof SpectrapError || !(cause instanceof Error && "code" in cause)) return cause;
  const hint =
    cause.code === "ENOSPC" || cause.code === "EDQUOT" || cause.code === "EFBIG"
      ? "make room and go on with --resume: what was finished is kept"
      : "check the folder and go on with --resume";
  return new SpectrapError("OUT_WRITE", cause.message, { file, cause, hint });
}
