import { addon } from "./addon.ts";
import { addonError } from "./addon-error.ts";
import { AddonSolver } from "./addon-solver.ts";
import type { Kernels, SolverOptions } from "./solver.ts";

/** The backend with kernels of its own, chosen by what the CPU can do; needs no library. Throws UNKNOWN_ISA. */
export class NativeSolver extends AddonSolver {
  constructor(options: Omit<SolverOptions, "solver"> = {}) {
    super({ name: "native", kernel: kernels().name, blas: null }, options);
  }
}

/** The instruction set in use, and those that could be. Throws UNKNOWN_ISA or ADDON_NOT_FOUND. */
export function kernels(): Kernels {
  try {
    return addon().kernels();
  } catch (cause) {
    throw addonError(cause);
  }
}
