import { addon } from "../../lib/solver/addon.ts";
import { philox4x32 } from "../../lib/spectrum/index.ts";

/** Uniform numbers in (0, 1), 32 bits each, the same for the same seed. */
export function uniforms(seed: number): () => number {
  const words = new Uint32Array(4);
  let drawn = 0;
  return () => {
    if (drawn % 4 === 0) philox4x32([drawn / 4, 0, 0, 0], [seed, 0], words);
    return (words[drawn++ % 4]! + 0.5) / 2 ** 32;
  };
}

/** Standard normal number (G. E. P. Box, M. E. Muller 1958). */
export function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** χ² with `degrees` ≥ 1 degrees of freedom (G. Marsaglia, W. W. Tsang, ACM TOMS 26, 2000). */
function chiSquare(degrees: number, uniform: () => number): number {
  if (degrees === 1) return normal(uniform) ** 2;
  const d = degrees / 2 - 1 / 3;
  for (;;) {
    const x = normal(uniform);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return 2 * d * v;
  }
}

export interface Edges {
  smallest: number;
  largest: number;
  /** Of the entries, about zero. */
  meanSquare: number;
}

/**
 * Extreme eigenvalues of WᵀW, W an N × M matrix of standard normal entries, from the bidiagonal matrix with the same law:
 * χ(N), χ(N−1), … on and χ(M−1), χ(M−2), … beside the diagonal (I. Dumitriu, A. Edelman, J. Math. Phys. 43, 2002).
 */
export function normalEdges(N: number, M: number, uniform: () => number): Edges {
  const on = Float64Array.from({ length: M }, (_, i) => chiSquare(N - i, uniform));
  const beside = Float64Array.from({ length: M }, (_, i) => (i + 1 < M ? chiSquare(M - 1 - i, uniform) : 0));
  const trace = on.reduce((a, b) => a + b, 0) + beside.reduce((a, b) => a + b, 0);
  const bound = (Math.sqrt(N) + Math.sqrt(M) + 12) ** 2;
  // The k-th smallest by bisection on the number of eigenvalues below x.
  const root = (k: number): number => {
    let [low, high] = [0, bound];
    for (let round = 0; round < 44; round++) {
      const x = (low + high) / 2;
      if (eigenvaluesBelow(x, on, beside) >= k) high = x;
      else low = x;
    }
    return (low + high) / 2;
  };
  return { smallest: root(1), largest: root(M), meanSquare: trace / (N * M) };
}

/** Sturm count of BᵀB, from the squares of B's entries: the pivots of BᵀB − x (K. V. Fernando, B. N. Parlett's form). */
function eigenvaluesBelow(x: number, on: Float64Array, beside: Float64Array): number {
  let count = 0;
  let shifted = -x;
  for (let i = 0; i < on.length; i++) {
    const pivot = on[i]! + shifted;
    if (pivot < 0) count++;
    shifted = (shifted / (pivot || 1e-300)) * beside[i]! - x;
  }
  return count;
}

/** N × M entries of one of the laws of the calibration, of variance one. */
export const laws: Record<string, { kurtosis: number; draw: (uniform: () => number) => number }> = {
  normal: { kurtosis: 0, draw: normal },
  rademacher: { kurtosis: -2, draw: (uniform) => (uniform() < 0.5 ? -1 : 1) },
  uniform: { kurtosis: -1.2, draw: (uniform) => Math.sqrt(3) * (2 * uniform() - 1) },
  laplace: {
    kurtosis: 3,
    draw: (uniform) => (uniform() < 0.5 ? -1 : 1) * -Math.log(uniform()) * Math.SQRT1_2,
  },
};

/** Eigenvalues of WᵀW, ascending, of row-major entries, rows ≥ cols, by LAPACK's `syevd`. */
export function gramEigenvalues(values: Float64Array, rows: number, cols: number): Float64Array {
  const gram = new Float64Array(cols * cols);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < cols; i++) {
      const factor = values[row * cols + i]!;
      for (let j = 0; j < cols; j++) gram[i * cols + j]! += factor * values[row * cols + j]!;
    }
  }
  return addon().bench.eigenvalues("syevd", "double", gram, cols).eigenvalues;
}
