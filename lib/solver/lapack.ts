import { addon } from "./addon.ts";
import { addonError } from "./addon-error.ts";
import { AddonSolver } from "./addon-solver.ts";
import { SpectrapError } from "./error.ts";
import type { BlasInfo, SolverOptions } from "./solver.ts";

/** The backend that forms Gram matrices and eigenvalues with the system's BLAS and LAPACK. Throws BLAS_NOT_FOUND. */
export class LapackSolver extends AddonSolver {
  constructor(options: Omit<SolverOptions, "solver"> = {}) {
    const library = blas();
    super({ name: "lapack", kernel: library.kernel, blas: library }, options);
  }
}

/** The library if one can be opened, else null. */
export function blasIfAny(): BlasInfo | null {
  try {
    return blas();
  } catch (error) {
    if (error instanceof SpectrapError && error.code === "BLAS_NOT_FOUND") return null;
    throw error;
  }
}

/** The linear-algebra library, opened if it is not yet. Throws BLAS_NOT_FOUND or ADDON_NOT_FOUND. */
export function blas(): BlasInfo {
  try {
    return addon().blas();
  } catch (cause) {
    throw addonError(cause);
  }
}
