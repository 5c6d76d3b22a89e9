import { sides, type WeightMatrix } from "./matrix.ts";

type Shape = Pick<WeightMatrix, "rows" | "cols" | "taps">;

/** What decides the work of a problem; the full Problem of the solver is one. */
export interface WorkProblem {
  matrix: Shape;
  /** Shuffled copies that are decomposed besides the matrix itself. */
  replicas: number;
  /** The matrices whose rows `matrix` is made of; where their Grams add up to its own, that one costs nothing. */
  fused?: readonly Shape[];
}

/** Floating-point operations. */
export interface Work {
  gram: number;
  eigen: number;
  total: number;
}

/**
 * Work of the eigenvalues of one problem: for each tap N·M·(M+1) for the Gram matrix of the smaller side by a
 * symmetric update and 4/3·M³ for its tridiagonal form (Golub and Van Loan, Matrix Computations, 8.3.1), and
 * both again for every shuffled copy. The parts of a fused matrix are problems of their own, not counted here.
 */
export function work(problem: WorkProblem): Work {
  const { matrix, replicas, fused } = problem;
  const { N, M } = sides(matrix);
  const spectra = 1 + replicas;
  const grams = fused !== undefined && gramsAddUp(matrix, fused) ? replicas : spectra;
  const gram = matrix.taps * grams * N * M * (M + 1);
  const eigen = (matrix.taps * spectra * 4 * M ** 3) / 3;
  return { gram, eigen, total: gram + eigen };
}

/**
 * Work of all eigenvectors of a matrix: its Gram matrix again, and for each tap 9·M³, that of the symmetric QR method (Golub and Van
 * Loan, 8.3.3); divide and conquer takes less where eigenvalues deflate.
 */
export function vectorsWork(matrix: Shape): number {
  const { N, M } = sides(matrix);
  return matrix.taps * (N * M * (M + 1) + 9 * M ** 3);
}

/** FᵀF = Σ WᵀW over the parts, when WᵀW is the Gram of the smaller side of each of them. */
function gramsAddUp(matrix: Shape, parts: readonly Shape[]): boolean {
  return [matrix, ...parts].every(({ rows, cols }) => rows >= cols);
}
