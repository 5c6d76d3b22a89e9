/** The spectra of one weight matrix, as the solver returns them. */
export interface LayerSpectra {
  /** Larger side of a tap's matrix. */
  N: number;
  /** Smaller side of a tap's matrix. */
  M: number;
  /** A convolution kernel (also one of 1 × 1): its eigenvalues are halved. */
  conv: boolean;
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
 * Pooled spectrum of all taps, ascending, a new array; a convolution's eigenvalues are halved, as
 * WeightWatcher 0.7.5.5 does by scaling each tap by √½.
 */
export function pooledEigenvalues(taps: readonly Float64Array[], conv: boolean): Float64Array {
  const scale = conv ? 0.5 : 1;
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
