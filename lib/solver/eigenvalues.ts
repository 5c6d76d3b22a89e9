import { LapackSolver } from "./lapack.ts";
import type { Precision, SolverOptions } from "./solver.ts";

/** A matrix in memory, row-major. */
export interface DenseMatrix {
  values: Float32Array | Float64Array;
  rows: number;
  cols: number;
}

/**
 * Eigenvalues of WᵀW or WWᵀ, whichever is smaller: min(rows, cols) values, ascending, not divided by N; their
 * square roots are the singular values of W. |Δλ| ≤ 1e-12·λmax in "double" and "reference", 1e-5·λmax in "single".
 * Runs on a native thread. Throws RangeError if the sides do not fit the values, rejects with NON_FINITE,
 * BLAS_NOT_FOUND or another SpectrapError.
 */
export async function eigenvalues(
  matrix: DenseMatrix,
  options: SolverOptions & { precision?: Precision } = {},
): Promise<Float64Array> {
  const { values, rows, cols } = matrix;
  if (
    !Number.isInteger(rows) ||
    !Number.isInteger(cols) ||
    rows < 0 ||
    cols < 0 ||
    rows * cols !== values.length
  ) {
    throw new RangeError(`a ${rows} × ${cols} matrix cannot have ${values.length} values`);
  }
  const { precision = "double", ...solverOptions } = options;
  const solver = new LapackSolver({ threads: 1, ...solverOptions });
  try {
    const encoding = values instanceof Float64Array ? "F64" : "F32";
    const { taps } = await solver.solve({
      matrix: {
        name: "matrix",
        tensor: "matrix",
        role: "dense",
        layer: null,
        expert: null,
        rows,
        cols,
        taps: 1,
        source: { encoding, values },
      },
      precision,
      seed: 0,
      replicas: 0,
    });
    return taps[0]!.eigenvalues;
  } finally {
    solver.close();
  }
}
