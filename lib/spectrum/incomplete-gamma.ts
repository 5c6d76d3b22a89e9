/** Natural logarithms of the tails of the gamma distribution with shape a and scale 1. */
export interface GammaTails {
  /** ln P(a, x) = ln [γ(a, x)/Γ(a)]. */
  lower: number;
  /** ln Q(a, x) = ln [Γ(a, x)/Γ(a)]. */
  upper: number;
  /** ln of the density x^(a−1) e^−x / Γ(a). */
  density: number;
}

/** From here on Stirling's series of six terms has all digits of a double. */
const STIRLING_FROM = 16;
/** Keeps a denominator of Lentz's method from being 0. */
const TINY = 1e-300;

/**
 * Regularised incomplete gamma functions, as logarithms, so that neither tail underflows: the power series of P for
 * x < a + 1, the continued fraction of Q beyond (Abramowitz and Stegun 6.5.29, 6.5.31), each of some √a terms.
 *
 * @throws RangeError unless a > 0 and x ≥ 0.
 */
export function logGammaTails(a: number, x: number): GammaTails {
  if (!(a > 0 && Number.isFinite(a) && x >= 0))
    throw new RangeError(`a=${a}, x=${x}: a > 0 and x ≥ 0 are needed`);
  if (x === 0) {
    const density = a === 1 ? 0 : a < 1 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    return { lower: Number.NEGATIVE_INFINITY, upper: 0, density };
  }
  const power = logPower(a, x);
  const density = power + Math.log(a / x);
  if (x < a + 1) {
    const lower = power + Math.log(series(a, x));
    return { lower, upper: logOfRest(lower), density };
  }
  const upper = power + Math.log(a * fraction(a, x));
  return { lower: logOfRest(upper), upper, density };
}

/**
 * ln [x^a e^−x / Γ(a+1)] around its peak at x = a: a ln x, x and lnΓ, each large where a is, never meet
 * (C. Loader, "Fast and accurate computation of binomial probabilities", 2000).
 */
function logPower(a: number, x: number): number {
  const mu = (x - a) / a;
  const log = x < a / 2 ? Math.log(x / a) : Math.log1p(mu);
  return -a * (mu - log) - stirlingError(a) - Math.log(2 * Math.PI * a) / 2;
}

/** lnΓ(a+1) − [½ ln(2πa) + a ln a − a], by Stirling's series above 16, and going down by recurrence. */
function stirlingError(a: number): number {
  let sum = 0;
  let b = a;
  for (; b < STIRLING_FROM; b++) sum += (b + 0.5) * Math.log1p(1 / b) - 1;
  const y = 1 / (b * b);
  const tail = (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - (y * 691) / 360360))) * y;
  return sum + (1 / 12 - (1 / 360 - tail) * y) / b;
}

/** Σ x^k / [(a+1) … (a+k)]. */
function series(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * Number.EPSILON * 0.25; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum;
}

/** Γ(a, x) e^x x^−a, by Lentz's method. */
function fraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let value = d;
  for (let k = 1; ; k++) {
    const numerator = k * (a - k);
    b += 2;
    d = 1 / nonzero(numerator * d + b);
    c = nonzero(b + numerator / c);
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) <= 2 * Number.EPSILON) return value;
  }
}

function nonzero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** ln(1 − e^log). */
function logOfRest(log: number): number {
  return log > -Math.LN2 ? Math.log(-Math.expm1(log)) : Math.log1p(-Math.exp(log));
}
