import type { PhiloxKey } from "./philox.ts";
import { wordStream } from "./word-stream.ts";

/** Key of a matrix's permutations; see shuffleKey. */
export type ShuffleKey = PhiloxKey;

export interface ShuffleOptions {
  /** Tap of a convolution kernel; each is shuffled by itself. Default 0. */
  tap?: number;
  /** Number of the shuffled copy. Default 0. */
  replica?: number;
  /** Elements a bucket should have. Part of the definition of the permutation; only tests change it. */
  bucketTarget?: number;
}

const BUCKET_TARGET = 32768;
const MOST_BUCKETS = 2048;
/** A word times a bucket size must stay below 2^53. */
const BUCKET_LIMIT = 2 ** 21;
const COUNT_LIMIT = 2 ** 32;
/** The stream of Philox that draws buckets; bucket b is shuffled with stream b + 1. */
const BUCKET_STREAM = 0;

/**
 * Key of all permutations of one matrix: FNV-1a of the UTF-8 bytes of seed, NUL and name, then the finaliser of
 * splitmix64, because FNV alone barely mixes its upper bits.
 *
 * @param seed whole number from 0 to 2^53 − 1.
 * @returns the lower and the upper word.
 * @throws RangeError for another seed.
 */
export function shuffleKey(seed: number, name: string): ShuffleKey {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seed must be a whole number from 0 to 2^53 − 1, received ${seed}`);
  }
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(`${seed}\0${name}`)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  hash = BigInt.asUintN(64, (hash ^ (hash >> 30n)) * 0xbf58476d1ce4e5b9n);
  hash = BigInt.asUintN(64, (hash ^ (hash >> 27n)) * 0x94d049bb133111ebn);
  hash ^= hash >> 31n;
  return [Number(hash & 0xffffffffn), Number(hash >> 32n)];
}

/**
 * The keyed permutation σ of `count` elements: shuffled[j] = original[σ[j]]. Every element draws a bucket, the
 * buckets are laid one behind the other with their elements in rising order, and each is shuffled by Fisher and
 * Yates. Independent uniform buckets and uniform orders inside them make every permutation equally likely (Rao
 * 1961, Sandelius 1962). native/core/shuffle.cpp applies the same permutation in bulk.
 *
 * @throws RangeError if `count` is no whole number below 2^32, or so large that a bucket holds 2^21 elements.
 */
export function permutation(key: ShuffleKey, count: number, options: ShuffleOptions = {}): Uint32Array {
  const { buckets, ends } = drawBuckets(key, count, options);
  const sigma = new Uint32Array(count);
  const cursors = Uint32Array.from(ends, (_, bucket) => ends[bucket - 1] ?? 0);
  for (let i = 0; i < count; i++) sigma[cursors[buckets[i]!]!++] = i;
  for (let bucket = 0; bucket < ends.length; bucket++) {
    shuffleBucket(key, bucket, options, sigma.subarray(ends[bucket - 1] ?? 0, ends[bucket]));
  }
  return sigma;
}

/** τ with τ[σ[j]] = j: where each element of the original went. */
export function inversePermutation(sigma: Uint32Array): Uint32Array {
  const inverse = new Uint32Array(sigma.length);
  for (let j = 0; j < sigma.length; j++) inverse[sigma[j]!] = j;
  return inverse;
}

/**
 * σ[position] without σ: where the element at `position` of the shuffled matrix stood in the original. Takes
 * O(count) time; of the order inside the buckets it recomputes that of one.
 *
 * @throws RangeError as permutation does, and if `position` is not below `count`.
 */
export function originalPosition(
  key: ShuffleKey,
  count: number,
  position: number,
  options: ShuffleOptions = {},
): number {
  if (!Number.isInteger(position) || position < 0 || position >= count) {
    throw new RangeError(`position must be a whole number below ${count}, received ${position}`);
  }
  const { buckets, ends } = drawBuckets(key, count, options);
  const bucket = ends.findIndex((end) => position < end);
  const begin = ends[bucket - 1] ?? 0;
  const ranks = Uint32Array.from({ length: ends[bucket]! - begin }, (_, rank) => rank);
  shuffleBucket(key, bucket, options, ranks);
  // The element is number ranks[…] of those that drew this bucket.
  let original = buckets.indexOf(bucket);
  for (let left = ranks[position - begin]!; left > 0; left--)
    original = buckets.indexOf(bucket, original + 1);
  return original;
}

/** A shuffled copy: the permutation applied to the elements of an array. */
export function shuffle<T extends Float32Array | Float64Array>(
  values: T,
  key: ShuffleKey,
  options: ShuffleOptions = {},
): T {
  const sigma = permutation(key, values.length, options);
  const shuffled = values.slice() as T;
  for (let j = 0; j < sigma.length; j++) shuffled[j] = values[sigma[j]!]!;
  return shuffled;
}

/** The bucket of every element, and where each bucket ends. */
function drawBuckets(
  key: ShuffleKey,
  count: number,
  options: ShuffleOptions,
): { buckets: Uint16Array; ends: Uint32Array } {
  if (!Number.isInteger(count) || count < 0 || count >= COUNT_LIMIT) {
    throw new RangeError(`can shuffle fewer than 2^32 elements, received ${count}`);
  }
  const bits = bucketBits(count, options.bucketTarget ?? BUCKET_TARGET);
  const buckets = new Uint16Array(count);
  const ends = new Uint32Array(2 ** bits);
  const words = streamWords(key, BUCKET_STREAM, options);
  // A word holds two elements' draws of 16 bits, the lower half first; their upper bits are the bucket.
  for (let i = 0; i < count; i += 2) {
    const word = words();
    buckets[i] = (word & 0xffff) >>> (16 - bits);
    buckets[i + 1] = (word >>> 16) >>> (16 - bits);
  }
  for (const bucket of buckets) ends[bucket]!++;
  if (ends.some((size) => size >= BUCKET_LIMIT)) {
    throw new RangeError(`${count} elements are too many to shuffle: they fill a bucket of 2^21`);
  }
  for (let bucket = 1; bucket < ends.length; bucket++) ends[bucket]! += ends[bucket - 1]!;
  return { buckets, ends };
}

/** log2 of the number of buckets: the smallest power of two that is at least count / target. */
function bucketBits(count: number, target: number): number {
  let bits = 0;
  while (2 ** bits < MOST_BUCKETS && count / target > 2 ** bits) bits++;
  return bits;
}

/** Fisher–Yates (Durstenfeld 1964) of one bucket, in place. */
function shuffleBucket(
  key: ShuffleKey,
  bucket: number,
  options: ShuffleOptions,
  elements: Uint32Array,
): void {
  const words = streamWords(key, bucket + 1, options);
  for (let i = elements.length - 1; i > 0; i--) {
    const j = bounded(words, i + 1);
    const element = elements[i]!;
    elements[i] = elements[j]!;
    elements[j] = element;
  }
}

/**
 * A number below `size`, exactly uniform: the upper half of word·size, drawn again in the few cases that would
 * favour some numbers (Lemire, "Fast random integer generation in an interval", 2019).
 */
function bounded(words: () => number, size: number): number {
  for (;;) {
    const word = words();
    const lower = Math.imul(word, size) >>> 0;
    if (lower >= size || lower >= COUNT_LIMIT % size) return Math.floor((word * size) / COUNT_LIMIT);
  }
}

function streamWords(
  key: ShuffleKey,
  stream: number,
  { tap = 0, replica = 0 }: ShuffleOptions,
): () => number {
  return wordStream(key, [stream, tap, replica]);
}
