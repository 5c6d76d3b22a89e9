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

/**
 * x with marchenkoPasturCdf(x) = probability: λ₋ for 0, λ₊ for 1.
 *
 * @throws RangeError if that is no probability.
 */
export function marchenkoPasturQuantile(probability: number, law: MarchenkoPasturLaw): number {
  const { lower, upper } = marchenkoPasturEdges(law);
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`a probability lies between 0 and 1, got ${probability}`);
  }
  if (probability === 0) return lower;
  if (probability === 1) return upper;
  // x = λ₋ + (λ₊ − λ₋) sin²h runs evenly through both edges, where the density has roots, or for N = M a pole.
  const at = (h: number): number => lower + (upper - lower) * Math.sin(h) ** 2;
  let [low, high] = [0, Math.PI / 2];
  let h = Math.PI / 4;
  for (let round = 0; round < 100; round++) {
    const x = at(h);
    const excess = marchenkoPasturCdf(x, law) - probability;
    if (excess > 0) high = h;
    else low = h;
    const slope = marchenkoPasturDensity(x, law) * (upper - lower) * Math.sin(2 * h);
    const newton = h - excess / slope;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - h) <= 2 * Number.EPSILON * h) return at(next);
    h = next;
  }
  return at(h);
}

/**
 * E x^k = (σ²N)^k Σ_{r<k} C(k, r) C(k−1, r)/(r + 1)·(M/N)^r: Narayana numbers (U. Grenander, J. W. Silverstein 1977).
 *
 * @throws RangeError unless k is a whole number ≥ 0.
 */
export function marchenkoPasturMoment(k: number, law: MarchenkoPasturLaw): number {
  marchenkoPasturEdges(law);
  if (!(Number.isInteger(k) && k >= 0)) throw new RangeError(`a moment has a whole order ≥ 0, got ${k}`);
  const ratio = law.M / law.N;
  let term = 1;
  let sum = 1;
  for (let r = 1; r < k; r++) {
    term *= (ratio * (k - r + 1) * (k - r)) / (r * (r + 1));
    sum += term;
  }
  return sum * (law.sigma ** 2 * law.N) ** k;
}

/** E log x = log(σ²N) − 1 − (N/M − 1) log(1 − M/N). */
export function marchenkoPasturMeanLog(law: MarchenkoPasturLaw): number {
  marchenkoPasturEdges(law);
  const { N, M, sigma } = law;
  const rest = N === M ? 0 : (N / M - 1) * Math.log1p(-M / N);
  return Math.log(sigma * sigma * N) - 1 - rest;
}
