import type { KeyedRandom } from "../../checkpoint/synth/random.ts";

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}

/** The vector with norm 1; a zero vector as it is. */
export function unit(vector: Float64Array): Float64Array {
  const length = norm(vector);
  return length === 0 ? vector : vector.map((component) => component / length);
}

export function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation about the mean, of the values as all there are. */
export function deviation(values: Float64Array): number {
  const centre = mean(values);
  return norm(values.map((value) => value - centre)) / Math.sqrt(values.length);
}

/** Puts a vector's components in another order, in place (Fisher and Yates; Durstenfeld 1964). */
export function reorder(vector: Float64Array, random: KeyedRandom): void {
  for (let i = vector.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [vector[i], vector[j]] = [vector[j]!, vector[i]!];
  }
}
