import { type ChebyshevPiece, chebyshevJet, type Jet } from "./chebyshev.ts";
import { LOG_CDF_PIECES, LOG_SF_PIECES } from "./tracy-widom-table.ts";

/** Left of it log F1 is known and 1 − F1 follows from it, right of it the other way round. */
const MIDDLE = LOG_SF_PIECES[0]!.from;
/** A point near the median, where inversions start. */
const START = -1.25;

/**
 * F1(s), the Tracy–Widom law of real symmetric matrices (beta = 1; C. A. Tracy, H. Widom, Comm. Math. Phys. 177, 1996):
 * P(X ≤ s) for the largest eigenvalue of a real Wishart matrix, centred and scaled (I. M. Johnstone, Ann. Statist. 29, 2001).
 * Relative error below 1e-12 from −10 on, and below 1e-6 to the left of it, where an asymptotic series takes over.
 */
export function tracyWidomCdf(s: number): number {
  return s < MIDDLE ? Math.exp(logCdfJet(s).value) : -Math.expm1(logSfJet(s).value);
}

/** 1 − F1(s) = P(X > s), with relative error below 1e-12 however small it is. */
export function tracyWidomSf(s: number): number {
  return s < MIDDLE ? -Math.expm1(logCdfJet(s).value) : Math.exp(logSfJet(s).value);
}

/** log F1(s), also where F1 itself underflows. */
export function tracyWidomLogCdf(s: number): number {
  return tracyWidomLogCdfJet(s).value;
}

/** log(1 − F1(s)), also where 1 − F1 itself underflows. */
export function tracyWidomLogSf(s: number): number {
  return tracyWidomLogSfJet(s).value;
}

/** Density F1′(s). */
export function tracyWidomDensity(s: number): number {
  const { value, first } = s < MIDDLE ? logCdfJet(s) : logSfJet(s);
  const probability = Math.exp(value);
  return probability === 0 ? 0 : Math.abs(first) * probability;
}

/** Slope of the density, F1″(s): ±P(L′² + L″), P = exp(L) being F1 or, with the minus, 1 − F1. */
export function tracyWidomDensitySlope(s: number): number {
  const { value, first, second } = s < MIDDLE ? logCdfJet(s) : logSfJet(s);
  const probability = Math.exp(value);
  return probability === 0 ? 0 : (s < MIDDLE ? 1 : -1) * probability * (first * first + second);
}

/** s with F1(s) = probability; −Infinity for 0, Infinity for 1. Use the upper quantile for probabilities near 1. */
export function tracyWidomQuantile(probability: number): number {
  checkProbability(probability);
  if (probability > 0.5) return tracyWidomUpperQuantile(1 - probability);
  return probability === 0 ? Number.NEGATIVE_INFINITY : invert(tracyWidomLogCdfJet, Math.log(probability));
}

/** s with 1 − F1(s) = probability: the critical value of a one-sided test; Infinity for 0, −Infinity for 1. */
export function tracyWidomUpperQuantile(probability: number): number {
  checkProbability(probability);
  if (probability > 0.5) return tracyWidomQuantile(1 - probability);
  return probability === 0 ? Number.POSITIVE_INFINITY : invert(tracyWidomLogSfJet, Math.log(probability));
}

function checkProbability(probability: number): void {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`a probability lies between 0 and 1, got ${probability}`);
  }
}

/** Newton's method, which cannot fail: both logarithms are monotone and concave, so iterates past the root come back to it. */
function invert(log: (s: number) => Jet, target: number): number {
  let s = START;
  for (let round = 0; round < 100; round++) {
    const { value, first } = log(s);
    const step = (target - value) / first;
    s += step;
    if (Math.abs(step) <= 4 * Number.EPSILON * Math.max(1, Math.abs(s), Math.abs(target / first))) break;
  }
  return s;
}

/** log F1(s) and its first two derivatives. */
export function tracyWidomLogCdfJet(s: number): Jet {
  return s < MIDDLE ? logCdfJet(s) : ofComplement(logSfJet(s));
}

/** log(1 − F1(s)) and its first two derivatives. */
export function tracyWidomLogSfJet(s: number): Jet {
  return s < MIDDLE ? ofComplement(logCdfJet(s)) : logSfJet(s);
}

/** log(1 − exp L) and its derivatives, from those of L. */
function ofComplement({ value, first, second }: Jet): Jet {
  const ratio = -1 / Math.expm1(-value);
  return {
    value: value < -Math.LN2 ? Math.log1p(-Math.exp(value)) : Math.log(-Math.expm1(value)),
    first: ratio * first,
    second: ratio * (second + first * first) - (ratio * first) ** 2,
  };
}

function logCdfJet(s: number): Jet {
  return s < LOG_CDF_PIECES[0]!.from ? leftTail(s) : onPieces(LOG_CDF_PIECES, s);
}

function logSfJet(s: number): Jet {
  return s > LOG_SF_PIECES[LOG_SF_PIECES.length - 1]!.to ? rightTail(s) : onPieces(LOG_SF_PIECES, s);
}

function onPieces(pieces: readonly ChebyshevPiece[], s: number): Jet {
  const piece = pieces.find(({ to }) => s <= to) ?? pieces[pieces.length - 1]!;
  return chebyshevJet(piece, s);
}

/** log τ₁ = ζ′(−1)/2 − 11 log(2)/48. */
const LOG_TAU = -0.1654211437004509 / 2 - (11 / 48) * Math.LN2;

/**
 * With x = −s: log F1 = −x³/24 − x^(3/2)/(3√2) − log(x)/16 + log τ₁ − x^(−3/2)/(24√2) + 3x^(−3)/128 − 73x^(−9/2)/(1152√2) + O(x⁻⁶).
 * Constant: J. Baik, R. Buckingham, J. DiFranco, Comm. Math. Phys. 280, 2008. Other terms: integrals of
 * (log F1)′ = q/2 + (log F2)′/2, (log F2)″ = −q², with q = √(x/2)·(1 − x⁻³/8 − 73x⁻⁶/128 − …), the Hastings–McLeod solution.
 */
function leftTail(s: number): Jet {
  const powers: readonly [power: number, factor: number][] = [
    [3, -1 / 24],
    [1.5, -1 / (3 * Math.SQRT2)],
    [-1.5, -1 / (24 * Math.SQRT2)],
    [-3, 3 / 128],
    [-4.5, -73 / (1152 * Math.SQRT2)],
  ];
  const x = -s;
  let value = LOG_TAU - Math.log(x) / 16;
  let first = 1 / (16 * x);
  let second = 1 / (16 * x * x);
  for (const [power, factor] of powers) {
    value += factor * x ** power;
    first -= factor * power * x ** (power - 1);
    second += factor * power * (power - 1) * x ** (power - 2);
  }
  return { value, first, second };
}

/** b_k, with b_k + (k − ½) b_(k−1) = (−1)^k u_k, u_k the coefficients of Ai's own series (DLMF 9.7.2). */
const TAIL = tailCoefficients(12);

function tailCoefficients(count: number): number[] {
  const b = [1];
  let u = 1;
  for (let k = 1; k < count; k++) {
    u *= -((6 * k - 5) * (6 * k - 1)) / (72 * k);
    b.push(u - (k - 0.5) * b[k - 1]!);
  }
  return b;
}

/**
 * 1 − F1(s) = ½∫ₛ^∞ Ai, the trace of the operator V whose determinant F1 = det(I − V) is; the next term, at most (tr V)²/2, is below
 * 1e-27 of it beyond s = 20. With ζ = ⅔ s^(3/2) the integral of Ai's asymptotic series is exp(−ζ)/(4√π s^(3/4))·Σ b_k ζ^−k.
 */
function rightTail(s: number): Jet {
  const root = Math.sqrt(s);
  const zeta = (2 / 3) * s * root;
  let [sum, slope, bend] = [0, 0, 0];
  for (let k = TAIL.length - 1; k >= 0; k--) {
    const term = TAIL[k]! * zeta ** -k;
    sum += term;
    slope -= (k * term) / zeta;
    bend += (k * (k + 1) * term) / (zeta * zeta);
  }
  // d/ds of a function of ζ: ζ′ = √s, ζ″ = 1/(2√s).
  const logSlope = slope / sum;
  const logBend = bend / sum - logSlope * logSlope;
  return {
    value: -zeta - 0.75 * Math.log(s) - Math.log(4 * Math.sqrt(Math.PI)) + Math.log(sum),
    first: -root - 0.75 / s + root * logSlope,
    second: -0.5 / root + 0.75 / (s * s) + s * logBend + logSlope / (2 * root),
  };
}
