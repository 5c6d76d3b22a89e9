import { integrate } from "./quadrature.ts";
import { sum } from "./sum.ts";

/**
 * Densities proportional to exp(−linear·u − bent·curve(u)) on u ≥ 0, bent ≥ 0: an exponential law, bent. The curve is
 * convex and starts like u²/2.
 */
export interface TailFamily {
  curve: (u: number) => number;
  /** Where the curve has this slope. */
  slopeAt: (slope: number) => number;
  /** Mean of the curve under the exponential law of a rate. */
  meanCurve: (rate: number) => number;
}

/** The most likely member of a family beside the most likely exponential law; NaN where that search fails. */
export interface Comparison {
  linear: number;
  bent: number;
  /** Σ of the differences of the logarithms of the two densities, ≥ 0. */
  logRatio: number;
  /** √n times the deviation of these differences: what Vuong (1989) divides by. */
  deviation: number;
}

/** The integrals end where their terms are e^−40 of the highest density: less than a double notices. */
const DROP = 40;
/** A law that bends less is the exponential law wherever there are eigenvalues. */
const STRAIGHT = 1e-100;
/** From one guess of `bent` to the next while its bounds are looked for. */
const STRIDE = 30;
/** The likelihood is flat at its maximum: half the digits of a double are enough. */
const DIGITS = 1e-9;
const MOST_STEPS = 200;

/**
 * Fits the family by maximum likelihood. It is a full exponential family in (u, curve(u)), so the likelihood is concave, and
 * the best member is the exponential law itself exactly if the mean of the curve is no smaller than that law expects.
 * Otherwise both means fall as their parameters grow: for each `bent` one root gives `linear`, and another one `bent`. All means and
 * covariances come from a quadrature, which needs no incomplete gamma function near its poles.
 *
 * @param u ≥ 0, at least two different values.
 */
export function compareWithExponential(u: Float64Array, family: TailFamily): Comparison {
  const n = u.length;
  const curves = u.map(family.curve);
  const means: Pair = [sum(u) / n, sum(curves) / n];
  const rate = 1 / means[0];
  const straight = { linear: rate, bent: 0, logRatio: 0, deviation: 0 };
  const lost = { linear: Number.NaN, bent: Number.NaN, logRatio: Number.NaN, deviation: Number.NaN };
  if (means[0] === 0) return lost;
  if (means[1] >= family.meanCurve(rate)) return straight;
  const best = maximize(family, means, 1 / Math.max(curves[n - 1]!, Number.MIN_VALUE));
  if (best === "straight") return straight;
  if (best === "lost") return lost;
  const { linear, bent, logTotal } = best;
  const difference = (a: number, b: number) => (rate - linear) * a - bent * b - logTotal - Math.log(rate);
  const mean = difference(...means);
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (difference(u[i]!, curves[i]!) - mean) ** 2;
  return { linear, bent, logRatio: Math.max(0, n * mean), deviation: Math.sqrt(squares) };
}

type Pair = [number, number];

interface Member extends Integrals {
  linear: number;
  bent: number;
}

/** The member whose means are those given. */
function maximize(family: TailFamily, means: Pair, guess: number): Member | "straight" | "lost" {
  let member: Member | "lost" = "lost";
  const excess = (log: number): Pair => {
    member = memberWithMean(family, means[0], Math.exp(log));
    if (member === "lost") return [Number.NaN, Number.NaN];
    const [v11, v12, v22] = member.covariances;
    return [member.means[1] - means[1], -member.bent * (v22 - v12 ** 2 / v11)];
  };
  const log = fallingRoot(excess, Math.log(guess), Math.log(STRIDE), Math.log(STRAIGHT), DIGITS);
  return log === Number.NEGATIVE_INFINITY ? "straight" : Number.isNaN(log) ? "lost" : member;
}

/** The member of that `bent` whose mean is `mean`. */
function memberWithMean(family: TailFamily, mean: number, bent: number): Member | "lost" {
  let member: Member | "lost" = "lost";
  const excess = (linear: number): Pair => {
    member = { linear, bent, ...integrals(family, linear, bent) };
    return [member.means[0] - mean, -member.covariances[0]];
  };
  const linear = fallingRoot(excess, 1 / mean, 1 / mean, Number.NEGATIVE_INFINITY, DIGITS / mean);
  return Number.isNaN(linear) ? "lost" : member;
}

/**
 * Root of a falling function, by Newton's method inside bounds that close in, the last value of `f` being that at the root.
 *
 * @param f the value and its slope.
 * @param stride from `guess` to the first bound looked at; doubled each time.
 * @returns −Infinity if the root is below `least`, NaN if it is not found.
 */
function fallingRoot(
  f: (x: number) => Pair,
  guess: number,
  stride: number,
  least: number,
  tolerance: number,
): number {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let x = guess;
  let reach = stride;
  for (let step = 0; step < MOST_STEPS; step++) {
    const [value, slope] = f(x);
    if (Number.isNaN(value)) return value;
    if (value > 0) low = x;
    else high = x;
    const newton = x - value / slope;
    let next = newton;
    // A bound not known yet is looked for in growing steps, of Newton's method if it dares less.
    if (low === Number.NEGATIVE_INFINITY) next = Math.max(newton, high - reach);
    else if (high === Number.POSITIVE_INFINITY) next = Math.min(newton, low + reach);
    else if (!(newton > low && newton < high)) next = (low + high) / 2;
    if (low === Number.NEGATIVE_INFINITY || high === Number.POSITIVE_INFINITY) reach *= 2;
    if (Math.abs(next - x) <= tolerance * Math.max(1, Math.abs(x) / stride)) return x;
    if (next < least) return Number.NEGATIVE_INFINITY;
    x = next;
  }
  return Number.NaN;
}

interface Integrals {
  /** ln ∫ exp(−linear·u − bent·curve(u)) du. */
  logTotal: number;
  /** Of u and curve(u) under the density, and their covariances: of u, of both, of curve(u). */
  means: [number, number];
  covariances: [number, number, number];
}

/** bent > 0. */
function integrals({ curve, slopeAt }: TailFamily, linear: number, bent: number): Integrals {
  const exponent = (u: number) => -linear * u - bent * curve(u);
  const mode = linear >= 0 ? 0 : slopeAt(-linear / bent);
  const peak = exponent(mode);
  // Not the density alone, but what it gives to the variance of the curve, must be small beyond the ends.
  const fallen = (u: number) => !(peak - exponent(u) - 2 * Math.log1p(curve(u)) <= DROP);
  const low = fallen(0) ? edge(0, mode, fallen) : 0;
  let reach = linear > 0 ? DROP / linear : 1;
  while (!fallen(mode + reach)) reach *= 2;
  const high = edge(mode + reach, mode, fallen);

  const points: [u: number, c: number, mass: number][] = [];
  const sums = [0, 0, 0];
  integrate(low, high, (u, weight) => {
    const c = curve(u);
    const mass = weight * Math.exp(-linear * u - bent * c - peak);
    points.push([u, c, mass]);
    sums[0]! += mass;
    sums[1]! += mass * u;
    sums[2]! += mass * c;
  });
  const [total, meanU, meanC] = [sums[0]!, sums[1]! / sums[0]!, sums[2]! / sums[0]!];
  const covariances: Integrals["covariances"] = [0, 0, 0];
  for (const [u, c, mass] of points) {
    covariances[0] += (mass / total) * (u - meanU) ** 2;
    covariances[1] += (mass / total) * (u - meanU) * (c - meanC);
    covariances[2] += (mass / total) * (c - meanC) ** 2;
  }
  return { logTotal: peak + Math.log(total), means: [meanU, meanC], covariances };
}

/** A point between that has just fallen, or a little outside; the density falls from the mode on. */
function edge(outside: number, inside: number, fallen: (u: number) => boolean): number {
  let [out, within] = [outside, inside];
  for (let halving = 0; halving < 12; halving++) {
    const middle = (out + within) / 2;
    if (fallen(middle)) out = middle;
    else within = middle;
  }
  return out;
}
