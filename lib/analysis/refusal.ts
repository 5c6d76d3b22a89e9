import { SpectrapError } from "../solver/error.ts";

const REFUSALS = {
  OUT_NOT_EMPTY: {
    reason: "the folder holds something other than a run",
    hint: "name a new one: nothing is ever overwritten",
  },
  RUN_EXISTS: {
    reason: "there is a run in the folder",
    hint: "go on with it by --resume, or name another folder",
  },
  RUN_LOCKED: {
    reason: "another process is writing to the run",
    hint: "wait for it, or name another folder",
  },
  RUN_DIFFERS: {
    reason: "the run in the folder was begun otherwise",
    hint: "give the same options and inputs, or name another folder",
  },
  RUN_DAMAGED: {
    reason: "the run in the folder cannot be continued",
    hint: "what its files hold can still be read; name another folder",
  },
} as const;

/** Why a folder does not take a run. */
export type RefusalCode = keyof typeof REFUSALS;

/** The error of a folder that is refused. */
export function refusal(code: RefusalCode, folder: string, detail = ""): SpectrapError {
  const { reason, hint } = REFUSALS[code];
  return new SpectrapError(code, detail === "" ? reason : `${reason}: ${detail}`, { file: folder, hint });
}
