import { addon } from "../../lib/solver/addon.ts";

/**
 * Eigenvalues of WᵀW or WWᵀ, whichever is smaller, ascending, without forming either: the symmetric matrix
 * [0 W; Wᵀ 0] has the singular values of W and their negatives as eigenvalues (and zeros), here by LAPACK's `syevd` in
 * float64, to a few ε of the largest.
 *
 * @param values row-major, rows × cols.
 */
export function exactEigenvalues(values: ArrayLike<number>, rows: number, cols: number): Float64Array {
  const n = rows + cols;
  const both = new Float64Array(n * n);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const value = values[row * cols + col]!;
      both[row * n + rows + col] = value;
      both[(rows + col) * n + row] = value;
    }
  }
  const { eigenvalues } = addon().bench.eigenvalues("syevd", "double", both, n);
  return eigenvalues.slice(n - Math.min(rows, cols)).map((value) => value * value);
}
