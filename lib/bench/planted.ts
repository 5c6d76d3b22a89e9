import { Hartley } from "../checkpoint/synth/hartley.ts";
import { KeyedRandom } from "../checkpoint/synth/random.ts";
import type { TestMatrix } from "./kinds.ts";

/**
 * A = Q·diag(λ)·Q with the given eigenvalues (ascending) and Q = H·S·H, H an orthonormal Hartley transform and S random
 * signs: symmetric, orthogonal, its own inverse, and dense, at n² log n operations for a round n. A's eigenvalues
 * are λ but for the rounding of four transforms, a few ε of the largest.
 */
export function planted(spectrum: Float64Array, seed: number): TestMatrix {
  const n = spectrum.length;
  const random = new KeyedRandom(seed, `bench planted ${n}`);
  const signs = Float64Array.from(spectrum, () => (random.below(2) === 0 ? 1 : -1));
  const hartley = new Hartley(n);
  const values = new Float64Array(n * n);
  for (let col = 0; col < n; col++) {
    const x = values.subarray(col * n, (col + 1) * n);
    x[col] = 1;
    reflect(x, hartley, signs);
    for (let i = 0; i < n; i++) x[i] = x[i]! * spectrum[i]!;
    reflect(x, hartley, signs);
  }
  for (let col = 0; col < n; col++) {
    for (let row = col + 1; row < n; row++) values[row * n + col] = values[col * n + row]!;
  }
  return { values, spectrum };
}

/** x ← H·S·H·x. */
function reflect(x: Float64Array, hartley: Hartley, signs: Float64Array): void {
  hartley.transform(x);
  for (let i = 0; i < x.length; i++) x[i] = x[i]! * signs[i]!;
  hartley.transform(x);
}
