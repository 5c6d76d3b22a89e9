import { KeyedRandom } from "../../checkpoint/synth/random.ts";
import { deviation, mean, norm } from "./vector.ts";

/**
 * What becomes of a trap T of W.
 *
 * `subtract`: W − T.
 * `replace`: W − T + R, R Gaussian with the mean and the standard deviation of T's entries, as WeightWatcher's own recipe
 * has it. The mean comes back with R, and with it a trap that is the mean.
 * `replace_centred`: W − T + R, R Gaussian without a mean and of T's Frobenius norm, both exactly.
 * `centre`: W − mean(W), whatever T.
 */
export type RemovalMode = "subtract" | "replace" | "replace_centred" | "centre";

export const REMOVAL_MODES: readonly RemovalMode[] = ["subtract", "replace", "replace_centred", "centre"];

/**
 * W without its trap; neither array is changed.
 *
 * @param weights W. @param trap T, at the places of W.
 * @param seed draws R.
 * @throws RangeError if their sizes differ.
 */
export function removeTrap(
  weights: Float64Array,
  trap: Float64Array,
  mode: RemovalMode,
  seed: number,
): Float64Array {
  if (weights.length !== trap.length) {
    throw new RangeError(`a trap of ${trap.length} entries in a matrix of ${weights.length}`);
  }
  if (mode === "centre") {
    const centre = mean(weights);
    return weights.map((weight) => weight - centre);
  }
  const rest = weights.map((weight, i) => weight - trap[i]!);
  if (mode === "subtract") return rest;
  const noise = mode === "replace" ? likeEntries(trap, seed) : ofNorm(trap.length, norm(trap), seed);
  return rest.map((weight, i) => weight + noise[i]!);
}

/**
 * A control of a trap's removal: a random matrix of rank 1, σ x yᵀ with independent uniform directions x and y, of
 * this Frobenius norm σ, the trap's.
 *
 * @returns rows × cols values.
 */
export function randomRankOne(rows: number, cols: number, frobenius: number, seed: number): Float64Array {
  const random = new KeyedRandom(seed, "random rank 1");
  const [x, y] = [new Float64Array(rows), new Float64Array(cols)];
  random.gaussians(0, x);
  random.gaussians(1, y);
  const scale = frobenius / (norm(x) * norm(y));
  const values = new Float64Array(rows * cols);
  for (let i = 0; i < values.length; i++) values[i] = scale * x[Math.floor(i / cols)]! * y[i % cols]!;
  return values;
}

/** Independent Gaussians with the mean and the standard deviation of these entries. */
function likeEntries(entries: Float64Array, seed: number): Float64Array {
  const [centre, spread] = [mean(entries), deviation(entries)];
  return gaussians(entries.length, seed).map((z) => centre + spread * z);
}

/** Gaussians without a mean, of this Frobenius norm. */
function ofNorm(count: number, frobenius: number, seed: number): Float64Array {
  const drawn = gaussians(count, seed);
  const centre = mean(drawn);
  const centred = drawn.map((z) => z - centre);
  const scale = frobenius / norm(centred);
  return centred.map((z) => scale * z);
}

function gaussians(count: number, seed: number): Float64Array {
  const out = new Float64Array(count);
  new KeyedRandom(seed, "trap replacement").gaussians(0, out);
  return out;
}
