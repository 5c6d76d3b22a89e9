// TEMPORARY: until lib/solver/open.ts is there, the LAPACK backend stands for both.
import { LapackSolver } from "../dist/solver/lapack.js";

export function openSolver(options) {
  return new LapackSolver(options);
}
