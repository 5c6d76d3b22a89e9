import { logGammaTails } from "./incomplete-gamma.ts";

/** Steps enough for any start; Newton's method doubles its digits with each. */
const MOST_STEPS = 100;

/**
 * P(χ² > x), χ² with `dof` degrees of freedom; with one, the two-sided tail P(|Z| > √x) of a standard normal Z.
 *
 * @throws RangeError unless dof > 0 and x ≥ 0.
 */
export function chiSquareSurvival(x: number, dof: number): number {
  return Math.exp(logGammaTails(dof / 2, x / 2).upper);
}

/**
 * x with P(χ² ≤ x) = p. Newton's method on the logarithm of the smaller tail, which is concave or convex in x, so that it
 * converges from one side; from the start of Wilson and Hilferty (1931).
 *
 * @throws RangeError unless dof > 0 and 0 < p < 1.
 */
export function chiSquareQuantile(p: number, dof: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`p must lie between 0 and 1, got ${p}`);
  const a = dof / 2;
  const side = p < 0.5 ? "lower" : "upper";
  const target = Math.log(side === "lower" ? p : 1 - p);
  let x = Math.max(a * (1 - 1 / (9 * a) + normalQuantile(p) / (3 * Math.sqrt(a))) ** 3, a * 1e-3);
  for (let step = 0; step < MOST_STEPS; step++) {
    const tails = logGammaTails(a, x);
    const slope = Math.exp(tails.density - tails[side]) * (side === "lower" ? 1 : -1);
    const next = Math.max(x - (tails[side] - target) / slope, x / 4);
    if (Math.abs(next - x) <= 4 * Number.EPSILON * x) return 2 * next;
    x = next;
  }
  return 2 * x;
}

/** Within 4.5e-4 (Abramowitz and Stegun 26.2.23): a place to start. */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
  const over = 2.515517 + t * (0.802853 + t * 0.010328);
  const under = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return (p < 0.5 ? -1 : 1) * (t - over / under);
}
