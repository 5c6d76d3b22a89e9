import { triangularDensity } from "./kernel-density.ts";
import { minimize } from "./nelder-mead.ts";
import { sum } from "./sum.ts";

const BANDWIDTH = 0.1;
const POINTS = 1000;
/** Density below which a point is left out of the fit. */
const THIN = 0.01;
/** Residual of every point where the law's edges miss the data. */
const PENALTY = 1000;

export interface WeightWatcherMp {
  /** Eigenvalues above the edge and its allowance. */
  numSpikes: number;
  /** Fitted standard deviation, in units in which the eigenvalues have mean one and the law's edge is σ²(1 + √(M/N))². */
  sigmaMp: number;
  /** Fitted edge over λmax. */
  mpSoftrank: number;
  /** √(n/Σλ): its square takes eigenvalues to mean one. */
  WScale: number;
  /** Fitted edges in the eigenvalues' units, without the allowance. */
  bulkMax: number;
  bulkMin: number;
  /** What a spike must exceed, in the same units: the upper edge and its allowance. */
  spikeThreshold: number;
}

/**
 * Marchenko–Pastur fit of WeightWatcher 0.7.5.5, its known errors included: eigenvalues scaled to mean one, a triangular
 * density of half-width 0.1 on 1000 points, least squares in σ over points denser than 0.01, a grid of 195 or 196
 * values polished by a simplex. A square matrix is fitted on singular values by a quarter circle of fixed
 * radius 2. A spike lies above σ²(1+√(M/N))² + √(Q^−½ b^⅔ M^−⅔), b the edge.
 *
 * The density does not depend on σ and is computed once.
 *
 * @param eigenvalues ascending, of WᵀW; taps or replicas pooled.
 * @param N larger, @param M smaller side of a tap's matrix.
 * @returns null where the tool's fit raises: no density to fit (all eigenvalues zero, for example).
 */
export function fitWeightWatcherMp(eigenvalues: Float64Array, N: number, M: number): WeightWatcherMp | null {
  const WScale = Math.sqrt(eigenvalues.length) / Math.sqrt(sum(eigenvalues));
  const rescaled = eigenvalues.map((eigenvalue) => WScale * WScale * eigenvalue);
  const max = rescaled[rescaled.length - 1]!;
  if (!(max > 0 && Number.isFinite(max))) return null;
  const Q = N / M;
  const residual = squaredResidual(Q === 1 ? rescaled.map(Math.sqrt) : rescaled, Q);
  if (residual === null) return null;

  const sigmaMp = minimize(residual, bestOnGrid(residual, Math.sqrt(max / (1 + 1 / Math.sqrt(Q)) ** 2)));
  const upper = (sigmaMp * (1 + 1 / Math.sqrt(Q))) ** 2;
  const lower = (sigmaMp * (1 - 1 / Math.sqrt(Q))) ** 2;
  const allowance = Math.sqrt((1 / Math.sqrt(Q)) * upper ** (2 / 3) * M ** (-2 / 3));
  return {
    numSpikes: rescaled.filter((value) => value > upper + allowance).length,
    sigmaMp,
    mpSoftrank: upper / max,
    WScale,
    bulkMax: upper / (WScale * WScale),
    bulkMin: lower / (WScale * WScale),
    spikeThreshold: (upper + allowance) / (WScale * WScale),
  };
}

/** First minimum over 0.05 σ₀ + k·0.01 σ₀ below 2 σ₀; their number is 195 or 196, as rounding decides. */
function bestOnGrid(residual: (sigma: number) => number, sigma0: number): number {
  const start = 0.05 * sigma0;
  const step = 0.01 * sigma0;
  const candidates = Math.ceil((2 * sigma0 - start) / step);
  let best = start;
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < candidates; k++) {
    const sigma = k * step + start;
    const value = residual(sigma);
    if (value < least) {
      least = value;
      best = sigma;
    }
  }
  return best;
}

/** Sum of squared differences between the law and the density of the data, as a function of σ. */
function squaredResidual(data: Float64Array, Q: number): ((sigma: number) => number) | null {
  const { x, f } = triangularDensity(data, BANDWIDTH, data[data.length - 1]! + 0.5, POINTS);
  const kept = Array.from(x.keys()).filter((i) => f[i]! > THIN);
  if (kept.length === 0) return null;
  const points = kept.map((i) => ({ x: x[i]!, f: f[i]! }));
  if (Q === 1) {
    return (sigma) => squares(points, (at) => quarterCircle(at, sigma));
  }
  const peak = points.reduce((top, point) => (point.f > top.f ? point : top)).x;
  const last = points[points.length - 1]!.x;
  return (sigma) => {
    const upper = (sigma * (1 + Math.sqrt(1 / Q))) ** 2;
    const lower = (sigma * (1 - Math.sqrt(1 / Q))) ** 2;
    if (upper < peak || upper > last || lower > peak) return points.length * PENALTY ** 2;
    const factor = Q / (2 * Math.PI * sigma * sigma);
    return squares(points, (at) => {
      const under = (upper - at) * (at - lower);
      return under > 0 ? (factor / at) * Math.sqrt(under) : 0;
    });
  };
}

function squares(points: readonly { x: number; f: number }[], law: (x: number) => number): number {
  let total = 0;
  for (const point of points) total += (law(point.x) - point.f) ** 2;
  return total;
}

/** Quarter circle of radius 2, whatever σ: σ only sets the height. */
function quarterCircle(x: number, sigma: number): number {
  return x < 2 ? Math.sqrt(4 - x * x) / (Math.PI * sigma * sigma) : 0;
}
