/** Eigenvalues of WᵀW of a row-major matrix, largest first, by one-sided Jacobi rotations (Hestenes 1958). */
export function jacobiEigenvalues(values: ArrayLike<number>, rows: number, cols: number): number[] {
  const vectors = Array.from({ length: Math.min(rows, cols) }, (_, i) =>
    Float64Array.from({ length: Math.max(rows, cols) }, (_, k) =>
      rows >= cols ? values[k * cols + i]! : values[i * cols + k]!,
    ),
  );
  for (let rotated = true; rotated; ) {
    rotated = false;
    for (let i = 0; i < vectors.length; i++) {
      for (let j = i + 1; j < vectors.length; j++) {
        rotated = rotate(vectors[i]!, vectors[j]!) || rotated;
      }
    }
  }
  return vectors.map((vector) => vector.reduce((sum, x) => sum + x * x, 0)).sort((a, b) => b - a);
}

function rotate(x: Float64Array, y: Float64Array): boolean {
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let k = 0; k < x.length; k++) {
    xx += x[k]! * x[k]!;
    yy += y[k]! * y[k]!;
    xy += x[k]! * y[k]!;
  }
  if (Math.abs(xy) <= 1e-10 * Math.sqrt(xx * yy)) return false;
  const zeta = (yy - xx) / (2 * xy);
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = cosine * tangent;
  for (let k = 0; k < x.length; k++) {
    const before = x[k]!;
    x[k] = cosine * before - sine * y[k]!;
    y[k] = sine * before + cosine * y[k]!;
  }
  return true;
}
