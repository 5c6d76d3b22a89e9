import { countAboveEdge, edgeSpread } from "./edge.ts";
import { type BulkEstimate, kritchmanNadler, LEAST_BULK, populationSpike } from "./kritchman-nadler.ts";
import { type MarchenkoPasturLaw, marchenkoPasturCdf, marchenkoPasturEdges } from "./marchenko-pastur.ts";
import { quantileBulk } from "./quantile-bulk.ts";
import type { Reason } from "./reason.ts";

/** Largest relative difference of the two variances at which they tell of the same bulk. */
const AGREEMENT = 0.05;
/** Two-sided 95% point of the normal law. */
const NORMAL_95 = 1.959964;

export interface SpectrumBulk {
  /** Eigenvalues that are not zero; it stands for M below. */
  rank: number;
  /** Noise variance and spikes by Kritchman and Nadler. */
  bulk: BulkEstimate | null;
  /** The same by iterated quantiles. */
  secondOpinion: BulkEstimate | null;
  /** Whether both variances agree within 5%; if not, the spectrum has no Marchenko–Pastur bulk one could be sure of. */
  identified: boolean;
  /** p-value of each spike, largest eigenvalue first, each at least as large as the one before. */
  spikePValues: Float64Array | null;
  /** Edges of the bulk, those of (N−k) × (M−k) noise. */
  edges: { lower: number; upper: number } | null;
  /** Kolmogorov–Smirnov distance of the M − k bulk eigenvalues to their law; about 2/(M−k) for noise, since eigenvalues repel. */
  distance: number | null;
  /** λ₊/λmax: near one without spikes. */
  softRank: number | null;
  /** 95% interval of λ₊ over the value about which λmax fluctuates. */
  softRankInterval: { low: number; high: number } | null;
  /** Why a number is null. */
  reasons: Partial<Record<keyof Omit<SpectrumBulk, "reasons">, Reason>>;
}

export interface BulkOptions {
  /** Level of the test that tells spikes from noise: 0.01 by default. */
  level?: number;
  /** Eigenvalues up to this part of the largest are zero: N ε by default. */
  zero?: number;
}

/**
 * The Marchenko–Pastur bulk of a matrix's own spectrum: noise variance, spikes above it, how well the law fits, and whether
 * another method agrees. Zero eigenvalues (dead columns, low rank) are dropped first, and M is the number of the others.
 *
 * It presumes entries of one variance. Columns of different scales make a bulk that no Marchenko–Pastur law fits, and tens of
 * false spikes: look at `distance` and `identified` before reading `spikes`.
 *
 * The interval of the soft rank takes λmax ± its fluctuation: the Tracy–Widom law's quantiles at the edge and, for a spike of strength
 * y = ρ/σ² − 1 (fixed direction and size, normal noise), var(λ/(Nσ²)) = (2/N)(1 − γ/y²)(1 + 2y + γ), γ = M/N, whichever is wider. The
 * error of σ², √(2/(NM)) of it, is left out. The variance is that of the spiked model (D. Paul, Statist. Sinica 17, 2007), less what
 * a random signal of the same mean strength adds.
 *
 * @param ascending eigenvalues of WᵀW, not divided by N.
 * @param N larger, @param M smaller side of W.
 * @throws RangeError unless N ≥ M is the number of eigenvalues, or for a level outside (0, ½].
 */
export function bulkOfSpectrum(
  ascending: Float64Array,
  N: number,
  M: number,
  { level = 0.01, zero = N * Number.EPSILON }: BulkOptions = {},
): SpectrumBulk {
  if (!(M >= 1 && N >= M && ascending.length === M)) {
    throw new RangeError(`${ascending.length} eigenvalues of a matrix of ${N} × ${M}`);
  }
  if (!(level > 0 && level <= 0.5)) throw new RangeError(`a level lies in (0, 0.5], got ${level}`);
  const largest = ascending[M - 1]!;
  const positive = ascending.filter((lambda) => lambda > zero * largest);
  const rank = positive.length;
  if (rank === 0) return unknown(rank, null, "zero_matrix");
  if (rank < LEAST_BULK) return unknown(rank, null, "too_few_eigenvalues");

  const bulk = kritchmanNadler(positive, N, level);
  const secondOpinion = quantileBulk(positive, N, level);
  if (bulk === null) return unknown(rank, secondOpinion, "mp_fit_failed");
  const { variance, spikes } = bulk;
  const sigma = Math.sqrt(variance);
  const law = { N: N - spikes, M: rank - spikes, sigma };
  const edges = marchenkoPasturEdges(law);
  const noise = { N, M: rank, sigma, kurtosis: 0 };
  const identified = secondOpinion !== null && Math.abs(secondOpinion.variance / variance - 1) <= AGREEMENT;
  const reasons: SpectrumBulk["reasons"] = {};
  if (secondOpinion === null) reasons.secondOpinion = "mp_fit_failed";
  if (!identified) reasons.softRankInterval = "bulk_not_identified";
  return {
    rank,
    bulk,
    secondOpinion,
    identified,
    spikePValues: countAboveEdge(positive.toReversed(), noise, level).pValues.slice(0, spikes),
    edges,
    distance: distanceToLaw(positive.subarray(0, rank - spikes), law),
    softRank: edges.upper / largest,
    softRankInterval: identified ? softRankInterval(largest, edges.upper, bulk, N, rank) : null,
    reasons,
  };
}

function softRankInterval(
  largest: number,
  upper: number,
  { variance, spikes }: BulkEstimate,
  N: number,
  M: number,
): { low: number; high: number } {
  const edge = edgeSpread({ N, M, sigma: Math.sqrt(variance), kurtosis: 0 }, 0.95);
  const normal =
    spikes === 0 ? 0 : NORMAL_95 * N * variance * spikeDeviation(largest / N / variance, N, M, spikes);
  return {
    low: upper / (largest + Math.max(edge.below, normal)),
    high: upper / (largest - Math.max(edge.above, normal)),
  };
}

/** Standard deviation of l = λ/(Nσ²) of the strongest spike. */
function spikeDeviation(l: number, N: number, M: number, spikes: number): number {
  const y = populationSpike(l, 1, (M - spikes) / N) - 1;
  const ratio = M / N;
  return Math.sqrt((2 / N) * Math.max(0, 1 - ratio / (y * y)) * (1 + 2 * y + ratio));
}

/** Kolmogorov–Smirnov distance, both steps of the empirical distribution. */
function distanceToLaw(ascending: Float64Array, law: MarchenkoPasturLaw): number {
  const n = ascending.length;
  let distance = 0;
  for (let i = 0; i < n; i++) {
    const cdf = marchenkoPasturCdf(ascending[i]!, law);
    distance = Math.max(distance, cdf - i / n, (i + 1) / n - cdf);
  }
  return distance;
}

function unknown(rank: number, secondOpinion: BulkEstimate | null, reason: Reason): SpectrumBulk {
  return {
    rank,
    bulk: null,
    secondOpinion,
    identified: false,
    spikePValues: null,
    edges: null,
    distance: null,
    softRank: null,
    softRankInterval: null,
    reasons: {
      bulk: reason,
      ...(secondOpinion === null && { secondOpinion: reason }),
      spikePValues: reason,
      edges: reason,
      distance: reason,
      softRank: reason,
      softRankInterval: reason,
    },
  };
}
