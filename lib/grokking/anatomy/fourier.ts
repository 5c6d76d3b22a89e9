/** Energy of a function on the tokens 0…p − 1, by frequency. */
export interface TokenSpectrum {
  /** Of frequency k = 1…⌊p/2⌋ at k − 1, k and p − k together; sums to 1. All 0 where nothing changes from token to token. */
  energy: Float64Array;
  /** The constant's part of all energy; 0 of nothing at all. */
  dcShare: number;
}

/**
 * Discrete Fourier analysis of an embedding over its tokens (Nanda et al. 2023): the energies |F_k|² of its columns, added up.
 * Rows past the p-th, as that of "=", do not count.
 *
 * @param values row-major, tokens × width, at least p rows; an unembedding counts with its classes as tokens.
 * @throws RangeError if there are no p rows of that width.
 */
export function tokenSpectrum(values: Float64Array, p: number, width: number): TokenSpectrum {
  if (!(p >= 2) || values.length % width !== 0 || values.length < p * width) {
    throw new RangeError(`${values.length} values are not ${p} tokens or more of width ${width}`);
  }
  const { constant, power } = powers(values, p, width);
  const changing = power.reduce((sum, value) => sum + value, 0);
  const all = constant + changing;
  return {
    energy: changing === 0 ? power : power.map((value) => value / changing),
    dcShare: all === 0 ? 0 : constant / all,
  };
}

/** The n frequencies of largest energy, the largest first. */
export function leadingFrequencies({ energy }: Pick<TokenSpectrum, "energy">, n: number): number[] {
  return Array.from(energy.keys(), (index) => index + 1)
    .sort((a, b) => energy[b - 1]! - energy[a - 1]!)
    .slice(0, n);
}

/**
 * Σ over the columns of |F_k|², F_k = Σ_t x_t e^(−2πikt/p): of k = 0, and of k = 1…⌊p/2⌋ with p − k. By Parseval
 * all together are p·Σx².
 */
export function powers(
  values: Float64Array,
  p: number,
  width: number,
): { constant: number; power: Float64Array } {
  const angles = Array.from({ length: p }, (_, t) => (2 * Math.PI * t) / p);
  const [cosines, sines] = [angles.map(Math.cos), angles.map(Math.sin)];
  const power = new Float64Array(Math.floor(p / 2) + 1);
  const [real, imaginary] = [new Float64Array(width), new Float64Array(width)];
  for (let k = 0; k < power.length; k++) {
    real.fill(0);
    imaginary.fill(0);
    for (let t = 0; t < p; t++) {
      const [c, s] = [cosines[(k * t) % p]!, sines[(k * t) % p]!];
      for (let col = 0; col < width; col++) {
        real[col]! += c * values[t * width + col]!;
        imaginary[col]! -= s * values[t * width + col]!;
      }
    }
    const own = real.reduce((sum, re, col) => sum + re * re + imaginary[col]! ** 2, 0);
    // k and p − k are conjugates of each other, and one and the same where k is 0 or p/2.
    power[k] = k === 0 || 2 * k === p ? own : 2 * own;
  }
  return { constant: power[0]!, power: power.slice(1) };
}
