import { chiSquareSurvival } from "./chi-square.ts";
import { type Comparison, compareWithExponential, type TailFamily } from "./tail-family.ts";

/** A law with one parameter more than the power law, fitted to the same tail. */
export interface Alternative {
  /** ln L(alternative) − ln L(power law) at their maxima: ≥ 0, and the larger, the worse for the power law. */
  logRatio: number;
  /**
   * How often independent values of a power law give that much: half of the time the best parameter is at its bound, and
   * else 2·logRatio is χ² with one degree of freedom. 1 at the bound.
   */
  p: number;
}

export interface TruncatedPowerLaw extends Alternative {
  /** Exponent of the density λ^−alpha e^(−rate λ); any real number where rate > 0. */
  alpha: number;
  /** Per unit of λ; 0 where no truncation fits better than none. */
  rate: number;
}

export interface LogNormalTail extends Alternative {
  /** Of ln λ before it is cut at xmin; −Infinity and Infinity where the power law, the limit, fits best. */
  mu: number;
  sigma: number;
  /** Two-sided p of Vuong's normalised ratio, as for laws of which neither contains the other; 1 at the bound. */
  vuongP: number;
}

/** e^u − 1 − u: with u it makes the density e^(−(a−1)u − z e^u) of u = ln(λ/xmin), and starts like the u²/2 of the other. */
const TRUNCATED: TailFamily = {
  curve: (u) => (u < 1e-3 ? (u * u * (1 + (u / 3) * (1 + u / 4))) / 2 : Math.expm1(u) - u),
  slopeAt: Math.log1p,
  meanCurve: (rate) => (rate > 1 ? 1 / (rate * (rate - 1)) : Number.POSITIVE_INFINITY),
};

const LOG_NORMAL: TailFamily = {
  curve: (u) => (u * u) / 2,
  slopeAt: (slope) => slope,
  meanCurve: (rate) => 1 / rate ** 2,
};

/**
 * Truncated power law (Clauset, Shalizi and Newman 2009, table 2.1), fitted by maximum likelihood.
 *
 * @param tail ascending, the first is xmin; at least two different values.
 * @returns NaN in every field if the values are equal, or too nearly so.
 */
export function truncatedPowerLaw(tail: Float64Array): TruncatedPowerLaw {
  const found = compareWithExponential(logsAboveFirst(tail), TRUNCATED);
  return {
    alpha: 1 + found.linear - found.bent,
    rate: found.bent / tail[0]!,
    logRatio: found.logRatio,
    p: boundaryP(found),
  };
}

/**
 * Log-normal law cut at xmin, fitted by maximum likelihood. The power law is its limit mu → −∞, sigma² → ∞ with
 * −mu/sigma² → alpha − 1, and is the best fit just where the logarithms ln(λ/xmin) vary as much as they are
 * large, or more (del Castillo 1994; Malevergne, Pisarenko and Sornette 2011). Hence two p: that of a law at the
 * bound of another, and Vuong's, which Clauset, Shalizi and Newman (2009, section 5) take.
 *
 * @param tail as for {@link truncatedPowerLaw}.
 */
export function logNormalTail(tail: Float64Array): LogNormalTail {
  const found = compareWithExponential(logsAboveFirst(tail), LOG_NORMAL);
  const { linear, bent, logRatio, deviation } = found;
  const z = logRatio === 0 ? 0 : logRatio / deviation;
  return {
    mu: Math.log(tail[0]!) - linear / bent,
    sigma: 1 / Math.sqrt(bent),
    logRatio,
    p: boundaryP(found),
    vuongP: Number.isNaN(z) ? z : chiSquareSurvival(z * z, 1),
  };
}

function boundaryP({ bent, logRatio }: Comparison): number {
  if (Number.isNaN(logRatio)) return logRatio;
  return bent === 0 ? 1 : chiSquareSurvival(2 * logRatio, 1) / 2;
}

function logsAboveFirst(tail: Float64Array): Float64Array {
  const first = tail[0]!;
  return tail.map((value) => Math.log1p((value - first) / first));
}
