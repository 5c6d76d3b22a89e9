/**
 * Eigenvalues of WᵀW, ascending, by one-sided Jacobi rotations: pairs of columns are made orthogonal until all
 * are; then their squared norms are the eigenvalues (M. R. Hestenes, J. SIAM 6, 1958). Slow and simple, shares
 * nothing with LAPACK.
 *
 * @param values row-major, rows × cols; cols eigenvalues, also where rows < cols.
 */
export function jacobiEigenvalues(values: ArrayLike<number>, rows: number, cols: number): number[] {
  const columns = Array.from({ length: cols }, (_, c) =>
    Float64Array.from({ length: rows }, (_, r) => values[r * cols + c]!),
  );
  for (let rotated = true; rotated; ) {
    rotated = false;
    for (let p = 0; p < cols; p++) {
      for (let q = p + 1; q < cols; q++) rotated = orthogonalize(columns[p]!, columns[q]!) || rotated;
    }
  }
  return columns.map((column) => dot(column, column)).sort((a, b) => a - b);
}

/** Rotates two columns in their plane; false if they were orthogonal to rounding. */
function orthogonalize(a: Float64Array, b: Float64Array): boolean {
  const aa = dot(a, a);
  const bb = dot(b, b);
  const ab = dot(a, b);
  if (Math.abs(ab) <= 1e-14 * Math.sqrt(aa * bb)) return false;
  const theta = (bb - aa) / (2 * ab);
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    a[i] = cosine * x - sine * y;
    b[i] = sine * x + cosine * y;
  }
  return true;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
