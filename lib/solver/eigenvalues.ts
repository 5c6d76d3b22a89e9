import { type DenseMatrix, describeDense } from "./dense-matrix.ts";
import { chooseSolver, openSolver } from "./open.ts";
import type { Precision, SolverOptions } from "./solver.ts";

/**
 * Eigenvalues of WᵀW or WWᵀ, whichever is smaller: min(rows, cols) values, ascending, not divided by N; their
 * square roots are the singular values of W. |Δλ| ≤ 1e-12·λmax in "double" (1e-7 if BF16 holds every entry, unless they are
 * small integers) and "reference", 1e-5·λmax in "single": docs/method.md, "Promise".
 * Runs on a native thread. Rejects with RangeError if the sides do not fit the values, with US_OPTION if the solver does not
 * fit the precision, with NON_FINITE, BLAS_NOT_FOUND (solver "lapack") or another SpectrapError.
 */
export async function eigenvalues(
  matrix: DenseMatrix,
  options: SolverOptions & { precision?: Precision } = {},
): Promise<Float64Array> {
  const { precision = "double", ...asked } = options;
  const problem = { matrix: describeDense(matrix), precision, seed: 0, replicas: 0 };
  const solver = openSolver({ threads: 1, ...asked, solver: chooseSolver(precision, asked.solver) });
  try {
    const { taps } = await solver.solve(problem);
    return taps[0]!.eigenvalues;
  } finally {
    solver.close();
  }
}
