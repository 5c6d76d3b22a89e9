import { pooledEigenvalues } from "./layer.ts";

/**
 * Spectrum of WeightWatcher's `inverse=True`, ascending. One tap: 1/λ. Several: the tool inverts everything gathered so
 * far after each tap, so counted from the last, every second tap comes out uninverted again; kept.
 */
export function inverseEigenvalues(taps: readonly Float64Array[], scale: number): Float64Array {
  const inverted = taps.map((tap, t) => {
    const scaled = pooledEigenvalues([tap], scale);
    return (taps.length - t) % 2 === 1 ? scaled.map((eigenvalue) => 1 / eigenvalue) : scaled;
  });
  return pooledEigenvalues(inverted, 1);
}
