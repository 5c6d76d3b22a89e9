/** The spectra of one weight matrix, as the solver returns them. */
export interface LayerSpectra {
  /** Larger side of a tap's matrix. */
  N: number;
  /** Smaller side of a tap's matrix. */
  M: number;
  /** What eigenvalues are multiplied by: {@link kernelScale} of a convolution kernel, else 1. */
  scale: number;
  /** Per tap (one for a dense matrix): the M eigenvalues of WᵀW, ascending, without any factor. */
  taps: readonly Float64Array[];
}

/** Spectra of shuffled copies of the same matrix: eigenvalues as in {@link LayerSpectra}. */
export interface ShuffledSpectra {
  /** Per replica and tap. */
  first: readonly (readonly Float64Array[])[];
  /**
   * Per tap, a further shuffle for the distance columns: WeightWatcher's scheme, in which `first` holds
   * {@link weightwatcherReplicas} pooled replicas. Null: our scheme, everything from replica 0.
   */
  second: readonly Float64Array[] | null;
}

/**
 * What WeightWatcher 0.7.5.5 multiplies the eigenvalues of a convolution kernel by (also one of 1 × 1): ½ where its taps are
 * pooled, kh·kw/2 where each is a matrix of its own.
 */
export function kernelScale(taps: number | "pooled"): number {
  return taps === "pooled" ? 0.5 : taps / 2;
}

/** Pooled spectrum of all taps, ascending and scaled, a new array. */
export function pooledEigenvalues(taps: readonly Float64Array[], scale: number): Float64Array {
  const pooled = new Float64Array(taps.reduce((count, tap) => count + tap.length, 0));
  let next = 0;
  for (const tap of taps) for (const eigenvalue of tap) pooled[next++] = scale * eigenvalue;
  return pooled.sort();
}

/**
 * Shuffles WeightWatcher 0.7.5.5 pools into the `rand_*` columns of a layer with this many eigenvalues:
 * five below one hundred, else one.
 */
export function weightwatcherReplicas(eigenvalues: number): 1 | 5 {
  return eigenvalues < 100 ? 5 : 1;
}
