/** Independent entries of a standard deviation, in a matrix of sides N ≥ M. */
export interface MarchenkoPasturLaw {
  N: number;
  M: number;
  /** Standard deviation of the entries. */
  sigma: number;
}

/**
 * Edges of the limiting spectrum of WᵀW (without a factor 1/N): σ²(√N ∓ √M)². Marchenko and Pastur 1967.
 *
 * @throws RangeError unless N ≥ M ≥ 1 and sigma > 0.
 */
export function marchenkoPasturEdges({ N, M, sigma }: MarchenkoPasturLaw): { lower: number; upper: number } {
  if (!(M >= 1 && N >= M && sigma > 0)) {
    throw new RangeError(`the law needs N ≥ M ≥ 1 and sigma > 0, got N=${N}, M=${M}, sigma=${sigma}`);
  }
  const lower = sigma * (Math.sqrt(N) - Math.sqrt(M));
  const upper = sigma * (Math.sqrt(N) + Math.sqrt(M));
  return { lower: lower * lower, upper: upper * upper };
}

/**
 * Density of the eigenvalues of WᵀW: √((λ₊ − x)(x − λ₋)) / (2π σ² M x) between the edges, zero elsewhere;
 * there is no atom at zero for N ≥ M.
 */
export function marchenkoPasturDensity(x: number, law: MarchenkoPasturLaw): number {
  const { lower, upper } = marchenkoPasturEdges(law);
  if (!(x > lower && x < upper)) return 0;
  return Math.sqrt((upper - x) * (x - lower)) / (2 * Math.PI * law.sigma ** 2 * law.M * x);
}

/**
 * Distribution function of the same law. With x = σ²(N + M − 2√(NM) cos φ), k = √(M/N), the integral of the density is
 * (2/π) [sin φ/(2k) + (1+k²)φ/(4k²) − (1−k²)/(2k²)·arctan((1+k)/(1−k)·tan(φ/2))].
 */
export function marchenkoPasturCdf(x: number, law: MarchenkoPasturLaw): number {
  const { lower, upper } = marchenkoPasturEdges(law);
  if (x <= lower) return 0;
  if (x >= upper) return 1;
  const k = Math.sqrt(law.M / law.N);
  // tan(φ/2) = √((x − λ₋)/(λ₊ − x)) keeps its digits at both edges.
  const half = Math.atan2(Math.sqrt(x - lower), Math.sqrt(upper - x));
  const twisted = Math.atan2((1 + k) * Math.sin(half), (1 - k) * Math.cos(half));
  const terms = Math.sin(2 * half) / (2 * k) + ((1 + k * k) * half - (1 - k * k) * twisted) / (2 * k * k);
  return Math.min(1, Math.max(0, (2 / Math.PI) * terms));
}
