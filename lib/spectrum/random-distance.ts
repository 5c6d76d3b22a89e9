import { sum } from "./sum.ts";

/**
 * Jensen–Shannon distance √½[KL(p‖m) + KL(q‖m)], m the mean of p and q, in nats, between two sorted spectra taken as
 * probability vectors, position by position (WeightWatcher's `rand_distance`; not a distance of densities).
 *
 * @throws RangeError when the lengths differ. NaN when a spectrum is zero.
 */
export function spectralDistance(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) throw new RangeError(`spectra of ${a.length} and ${b.length} eigenvalues`);
  const middle = a.map((value, i) => (value + b[i]!) / 2);
  // Rounding may leave a tiny negative for equal spectra.
  return Math.sqrt(Math.max(0, (divergence(a, middle) + divergence(b, middle)) / 2));
}

/** Kullback–Leibler divergence of two non-negative vectors after each is divided by its sum. */
function divergence(p: Float64Array, m: Float64Array): number {
  const pSum = sum(p);
  const mSum = sum(m);
  let total = pSum === 0 ? Number.NaN : 0;
  for (let i = 0; i < p.length; i++) {
    const share = p[i]! / pSum;
    if (share > 0) total += share * Math.log(share / (m[i]! / mSum));
  }
  return total;
}
