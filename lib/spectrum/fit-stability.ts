import { type PowerLawFit, WEIGHTWATCHER_CUT } from "./power-law.ts";
import { tailExponents } from "./power-law-scan.ts";
import { firstAbove } from "./search.ts";
import { deviation, largestDeviation } from "./tail-deviation.ts";

/** What errors of the eigenvalues can do to a power-law fit, to first order. */
export interface FitStability {
  /** Smallest |Δλ|/λmax at which another start of the tail can have the smaller distance; NaN if alpha is infinite. */
  margin: number;
  /** Largest |Δalpha| per |Δλ|/λmax with the start as it is; NaN if alpha is infinite. */
  sensitivity: number;
}

/** A fitted tail, and how the distance it is judged by moves with the eigenvalues. */
interface Tail {
  /** Index of its start. */
  start: number;
  /** Kolmogorov–Smirnov distance. */
  D: number;
  /** Where that distance is. */
  at: number;
  /** ∂D/∂ln λ of every eigenvalue above the start, but for what the next two add. */
  each: number;
  /** The same of the start. */
  first: number;
  /** What the eigenvalue at the distance has besides `each`. */
  atDistance: number;
}

/**
 * How firmly the eigenvalues decide a fit of {@link fitPowerLaw}. For a tail from x_i, k values long, with s = (x_j/x_i)^(1−α)
 * and L = ln(x_j/x_i) where its distance D is,
 *
 *     dD = ±s[(α−1) dL + L dα],   dα = −(α−1)²/k Σ_m (dx_m/x_m − dx_i/x_i).
 *
 * Errors |Δx| ≤ ε·λmax move D_i − D_best by ε·λmax·‖∇(D_i − D_best)‖₁ at most, so the margin is the smallest
 * (D_i − D_best)/(λmax·‖∇(D_i − D_best)‖₁) over all other starts; but the start must stay above the cut, too. Every start is
 * compared, yet those are skipped whose distance is so large that no gradient could make up for it.
 *
 * @param eigenvalues ascending.
 * @param fit made of them, with the same cut.
 */
export function fitStability(
  eigenvalues: Float64Array,
  fit: Pick<PowerLawFit, "alpha" | "xmin">,
  cut = WEIGHTWATCHER_CUT,
): FitStability {
  const data = eigenvalues.subarray(firstAbove(eigenvalues, cut));
  if (!Number.isFinite(fit.alpha)) return { margin: Number.NaN, sensitivity: Number.NaN };
  const exponents = tailExponents(data);
  // Of equal eigenvalues the start need not be the first.
  const start = exponents.indexOf(fit.alpha, data.indexOf(fit.xmin));
  const lambdaMax = data[data.length - 1]!;
  const inverseSums = sumsOfInverses(data);

  const best = tailOf(
    data,
    start,
    fit.alpha,
    largestDeviation(data, start, fit.alpha, start, () => true),
  );
  const bestBound = gradientBound(data, start, fit.alpha);
  let margin = (fit.xmin - cut) / lambdaMax;
  let worst = best.at;
  const meet = (i: number): void => {
    const alpha = exponents[i]!;
    // An infinite exponent says nothing to first order, and alpha ≤ 1 counts as D = 1: no rival.
    if (!(alpha > 1) || !Number.isFinite(alpha)) return;
    const reach = best.D + margin * lambdaMax * (bestBound + gradientBound(data, i, alpha));
    // Where the distance of the last start was, that of this one is likely to be.
    const { D, at } = largestDeviation(data, i, alpha, Math.max(worst, i), (D) => D <= reach);
    worst = at;
    if (D > reach) return;
    const slope = lambdaMax * gradientDistance(data, inverseSums, best, tailOf(data, i, alpha, { D, at }));
    margin = Math.min(margin, D <= best.D ? 0 : (D - best.D) / slope);
  };
  // The nearest starts are the likeliest rivals, and a small margin spares the others.
  for (let distance = 1; distance < data.length; distance++) {
    if (start - distance >= 0) meet(start - distance);
    if (start + distance < exponents.length) meet(start + distance);
  }
  return { margin, sensitivity: sensitivityOf(data, inverseSums, start, fit.alpha) };
}

/** The tail from data[i] on, whose distance is D at data[at]. */
function tailOf(data: Float64Array, i: number, alpha: number, { D, at }: Pick<Tail, "D" | "at">): Tail {
  const k = data.length - i;
  const sign = Math.sign(deviation(data, i, at, alpha));
  const L = Math.log(data[at]! / data[i]!);
  const s = Math.exp((1 - alpha) * L);
  const each = (-sign * s * L * (alpha - 1) ** 2) / k;
  const atDistance = sign * s * (alpha - 1);
  return { start: i, D, at, each, first: -each * (k - 1) - atDistance, atDistance };
}

/** ∂D/∂ln data[m]. */
function gradientAt({ start, at, each, first, atDistance }: Tail, m: number): number {
  if (m < start) return 0;
  return (m === start ? first : each) + (m === at ? atDistance : 0);
}

/** ‖∇(D_a − D_b)‖₁ in the eigenvalues, without adding up one by one those that have nothing but `each`. */
function gradientDistance(data: Float64Array, inverseSums: Float64Array, a: Tail, b: Tail): number {
  const [low, high] = a.start < b.start ? [a, b] : [b, a];
  const between = Math.abs(low.each);
  const above = Math.abs(low.each - high.each);
  let norm =
    between * (inverseSums[low.start + 1]! - inverseSums[high.start]!) + above * inverseSums[high.start + 1]!;
  for (const m of new Set([low.start, low.at, high.start, high.at])) {
    const counted = m > high.start ? above : m > low.start && m < high.start ? between : 0;
    norm += (Math.abs(gradientAt(low, m) - gradientAt(high, m)) - counted) / data[m]!;
  }
  return norm;
}

/** An upper bound of ‖∇D_i‖₁: both parts of dD are largest where nothing is smaller than x_i, and s·(α−1)·L ≤ 1/e. */
function gradientBound(data: Float64Array, i: number, alpha: number): number {
  return ((alpha - 1) * (2 + 2 / Math.E)) / data[i]!;
}

/** λmax·‖∇alpha‖₁ of the tail from data[i] on. */
function sensitivityOf(data: Float64Array, inverseSums: Float64Array, i: number, alpha: number): number {
  const k = data.length - i;
  return (((alpha - 1) ** 2 * data[data.length - 1]!) / k) * (inverseSums[i + 1]! + (k - 1) / data[i]!);
}

/** Σ_{l≥m} 1/data[l] for every m from 0 to the length. */
function sumsOfInverses(data: Float64Array): Float64Array {
  const sums = new Float64Array(data.length + 1);
  for (let m = data.length - 1; m >= 0; m--) sums[m] = sums[m + 1]! + 1 / data[m]!;
  return sums;
}
