import { philox4x32, type ShuffleKey, shuffleKey } from "../../spectrum/index.ts";

/** The key of what is drawn for one array of a network's first parameters. */
export function initKey(seed: number, name: string): ShuffleKey {
  return shuffleKey(seed, `grokking\0init ${name}`);
}

/** Uniform numbers between −bound and bound: ((k + ½)/2^31 − 1)·bound with words k of Philox. */
export function uniform(key: ShuffleKey, count: number, bound: number): Float64Array {
  const drawn = new Float64Array(count);
  const words = new Uint32Array(4);
  for (let i = 0; i < count; i++) {
    if (i % 4 === 0) philox4x32([i / 4, 0, 0, 0], key, words);
    drawn[i] = ((words[i % 4]! + 0.5) / 2 ** 31 - 1) * bound;
  }
  return drawn;
}

/** Normal numbers of mean 0 and this deviation, two from a pair of words (Box and Muller 1958). */
export function normal(key: ShuffleKey, count: number, deviation: number): Float64Array {
  const drawn = new Float64Array(count);
  const words = new Uint32Array(4);
  for (let i = 0; i < count; i++) {
    if (i % 4 === 0) philox4x32([i / 4, 0, 0, 0], key, words);
    const pair = i % 4 < 2 ? 0 : 2;
    const radius = Math.sqrt(-2 * Math.log((words[pair]! + 0.5) / 2 ** 32));
    const angle = (2 * Math.PI * words[pair + 1]!) / 2 ** 32;
    drawn[i] = deviation * radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  }
  return drawn;
}
