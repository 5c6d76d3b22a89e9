import type { AddonSolver } from "./addon-solver.ts";
import { SpectrapError } from "./error.ts";
import { LapackSolver } from "./lapack.ts";
import { NativeSolver } from "./native.ts";
import type { Precision, SolverName, SolverOptions } from "./solver.ts";

/** Every backend by its name, the default first. */
const BACKENDS = { native: NativeSolver, lapack: LapackSolver } as const;

export const SOLVERS = Object.keys(BACKENDS) as readonly SolverName[];

/** A solver of the backend that was asked for. Throws what its constructor throws. */
export function openSolver({ solver = "native", ...options }: SolverOptions): AddonSolver {
  return new BACKENDS[solver](options);
}

/**
 * The backend that computes: the one asked for, else `native`, but `lapack` for the reference, which is the oracle of the
 * other. Throws TypeError for a name it does not know, and SpectrapError `US_OPTION` for a reference of `native`.
 */
export function chooseSolver(precision: Precision, asked: SolverName | undefined): SolverName {
  if (asked !== undefined && !SOLVERS.includes(asked)) {
    throw new TypeError(`solver must be one of ${SOLVERS.join(", ")}, received ${JSON.stringify(asked)}`);
  }
  if (precision !== "reference") return asked ?? "native";
  if (asked === "native") {
    const reason =
      'option precision is "reference", which LAPACK computes: solver "lapack", or none, goes with it';
    throw new SpectrapError("US_OPTION", reason);
  }
  return "lapack";
}
