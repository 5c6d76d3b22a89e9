import { type DenseMatrix, describeDense } from "./dense-matrix.ts";
import { sides } from "./matrix.ts";
import { chooseSolver, openSolver } from "./open.ts";
import type { Precision, SolverOptions } from "./solver.ts";

/** Which eigenvectors: none, all M, or those of the k largest eigenvalues. */
export type Vectors = "none" | "all" | { top: number };

export interface EigenOptions extends SolverOptions {
  /** Default `"none"`. */
  vectors?: Vectors;
  /** Default `"double"`. */
  precision?: Precision;
}

/** Eigenvalues and eigenvectors of a Gram matrix of order M. */
export interface Eigen {
  /** All M eigenvalues, ascending. */
  values: Float64Array;
  /** `count` vectors of M numbers and norm 1, one after another; vector i belongs to `values[M − count + i]`. */
  vectors: Float64Array | null;
  /** Number of vectors. */
  count: number;
}

/**
 * Eigenvalues and eigenvectors of the Gram matrix of the smaller side: of WᵀW if rows ≥ cols, whose eigenvectors are the
 * right singular vectors of W, else of WWᵀ, whose eigenvectors are the left ones. The eigenvalues are those of
 * {@link eigenvalues}, up to rounding. Residual ‖Gv − λv‖ and orthogonality are of the order of M·ε·‖G‖ and M·ε; the
 * sign of a vector, and the basis of the eigenspace of coinciding eigenvalues, are arbitrary.
 *
 * All M vectors come from LAPACK in float64, whatever the solver and the precision, so that they need a BLAS; the k
 * largest do not, unless k is M.
 *
 * @throws by rejection: RangeError if the sides do not fit the values, or k is not an integer from 0 to M;
 *   SpectrapError `US_OPTION`, `NON_FINITE`, `BLAS_NOT_FOUND`, and as {@link eigenvalues}.
 */
export async function eigen(matrix: DenseMatrix, options: EigenOptions = {}): Promise<Eigen> {
  const { vectors = "none", precision = "double", ...asked } = options;
  const described = describeDense(matrix);
  const count = countOf(vectors, sides(described).M);
  const solver = openSolver({ threads: 1, ...asked, solver: chooseSolver(precision, asked.solver) });
  try {
    const pairs = await solver.eigen({ matrix: described, precision }, count);
    return { values: pairs.values, vectors: vectors === "none" ? null : pairs.vectors, count };
  } finally {
    solver.close();
  }
}

function countOf(vectors: Vectors, M: number): number {
  if (vectors === "none") return 0;
  if (vectors === "all") return M;
  const { top } = vectors;
  if (Number.isInteger(top) && top >= 0 && top <= M) return top;
  throw new RangeError(
    `vectors must be "none", "all" or { top: k } with an integer k from 0 to ${M}, received top ${top}`,
  );
}
