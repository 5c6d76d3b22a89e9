/** A density on equally spaced points from 0 on. */
export interface Density {
  x: Float64Array;
  f: Float64Array;
}

/**
 * Kernel density with a triangular kernel of half-width h:
 * f(x) = 1/(n h) Σ max(0, 1 − |x − d|/h), on `points` equally spaced points from 0 to `end`.
 * Each value is added to the few points it reaches, so the cost is O(n h points/end + points).
 */
export function triangularDensity(values: Float64Array, h: number, end: number, points: number): Density {
  const step = end / (points - 1);
  const x = new Float64Array(points);
  for (let i = 0; i < points; i++) x[i] = i * step;
  x[points - 1] = end;

  const f = new Float64Array(points);
  const weight = 1 / (values.length * h);
  for (const value of values) {
    const first = Math.max(0, Math.ceil((value - h) / step));
    const last = Math.min(points - 1, Math.floor((value + h) / step));
    for (let i = first; i <= last; i++) f[i]! += weight * Math.max(0, 1 - Math.abs(x[i]! - value) / h);
  }
  return { x, f };
}
