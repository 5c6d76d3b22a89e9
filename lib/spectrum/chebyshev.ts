/** Σ c_k T_k(t) with t running over [−1, 1] as s runs over [from, to]. */
export interface ChebyshevPiece {
  from: number;
  to: number;
  coefficients: readonly number[];
}

/** Value of a function and its first two derivatives. */
export interface Jet {
  value: number;
  first: number;
  second: number;
}

/** The series and its derivatives at s, by Clenshaw's recurrence, differentiated twice. */
export function chebyshevJet({ from, to, coefficients }: ChebyshevPiece, s: number): Jet {
  const t = (2 * s - from - to) / (to - from);
  let [b, bNext, d, dNext, e, eNext] = [0, 0, 0, 0, 0, 0];
  for (let k = coefficients.length - 1; k > 0; k--) {
    [e, eNext] = [4 * d + 2 * t * e - eNext, e];
    [d, dNext] = [2 * b + 2 * t * d - dNext, d];
    [b, bNext] = [coefficients[k]! + 2 * t * b - bNext, b];
  }
  const slope = 2 / (to - from);
  return {
    value: coefficients[0]! + t * b - bNext,
    first: slope * (b + t * d - dNext),
    second: slope * slope * (2 * d + t * e - eNext),
  };
}
