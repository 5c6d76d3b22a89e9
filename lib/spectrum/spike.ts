/**
 * A rank-one perturbation of strength y of an N × M matrix of independent entries of deviation σ, g = M/N: one entry a has
 * y = a²/(Nσ²), a mean m has y = m²M/σ². In units of the size at which it leaves the bulk, a margin c, both are
 * y = c²√g. Benaych-Georges and Nadakuditi 2012.
 */
export interface SpikeModel {
  /** Larger side. */
  N: number;
  M: number;
  /** Standard deviation of the other entries. */
  sigma: number;
}

/** Where the largest eigenvalue of WᵀW goes: Nσ²(1+y)(g+y)/y, and to the edge of the bulk where the margin is at most 1. */
export function spikeEigenvalue(margin: number, { N, M, sigma }: SpikeModel): number {
  const g = M / N;
  const y = Math.max(1, margin) ** 2 * Math.sqrt(g);
  return N * sigma ** 2 * (1 + y) * (1 + g / y);
}

/** The margin whose eigenvalue that is; 1 below the edge of the bulk. The inverse of {@link spikeEigenvalue}. */
export function spikeMargin(eigenvalue: number, { N, M, sigma }: SpikeModel): number {
  const g = M / N;
  // y² − by + g = 0; the smaller root is below the detection threshold.
  const b = eigenvalue / (N * sigma ** 2) - 1 - g;
  if (b <= 2 * Math.sqrt(g)) return 1;
  const y = (b + Math.sqrt(b * b - 4 * g)) / 2;
  return Math.sqrt(y / Math.sqrt(g));
}

/**
 * Expected squares of the components of the unit singular vectors along a single entry: of the vector of length N, and of
 * that of length M; 0 where it does not leave the bulk.
 */
export function spikeOverlaps(
  margin: number,
  { N, M }: Pick<SpikeModel, "N" | "M">,
): { N: number; M: number } {
  if (margin <= 1) return { N: 0, M: 0 };
  const g = M / N;
  const y = margin ** 2 * Math.sqrt(g);
  return { N: 1 - (g + y) / (y * (1 + y)), M: 1 - (g * (1 + y)) / (y * (g + y)) };
}
