import { KeyedRandom } from "../../checkpoint/synth/random.ts";
import { type ShuffleKey, shuffleKey, wordStream } from "../../spectrum/index.ts";

/** The key of what is drawn for one array of a network's first parameters. */
export function initKey(seed: number, name: string): ShuffleKey {
  return shuffleKey(seed, `grokking\0init ${name}`);
}

/** Uniform numbers between −bound and bound: ((k + ½)/2^31 − 1)·bound with words k of Philox. */
export function uniform(key: ShuffleKey, count: number, bound: number): Float64Array {
  const words = wordStream(key);
  return Float64Array.from({ length: count }, () => ((words() + 0.5) / 2 ** 31 - 1) * bound);
}

/** Normal numbers of mean 0 and this deviation, for one array of a network's first parameters. */
export function normal(seed: number, name: string, count: number, deviation: number): Float64Array {
  const drawn = new Float64Array(count);
  new KeyedRandom(seed, `grokking init ${name}`).gaussians(0, drawn);
  return drawn.map((x) => deviation * x);
}
