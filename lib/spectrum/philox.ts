/** Four words of 32 bits. */
export type PhiloxCounter = readonly [number, number, number, number];
export type PhiloxKey = readonly [number, number];

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
/** The key's step from round to round. */
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;

/**
 * Philox4x32-10, a counter-based generator: the same counter and key give the same four words, on any machine
 * and in any order. Bit-equal to native/core/philox.cpp.
 * Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011.
 *
 * @returns `out`, holding four words as unsigned 32-bit numbers.
 */
export function philox4x32(
  counter: PhiloxCounter,
  key: PhiloxKey,
  out: Uint32Array = new Uint32Array(4),
): Uint32Array {
  let [x0, x1, x2, x3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIERS[0], x0);
    const low0 = Math.imul(MULTIPLIERS[0], x0);
    const high1 = multiplyHigh(MULTIPLIERS[1], x2);
    const low1 = Math.imul(MULTIPLIERS[1], x2);
    x0 = (high1 ^ x1 ^ k0) >>> 0;
    x1 = low1;
    x2 = (high0 ^ x3 ^ k1) >>> 0;
    x3 = low0;
    k0 = (k0 + WEYL[0]) | 0;
    k1 = (k1 + WEYL[1]) | 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
  return out;
}

/** The upper half of the 64-bit product of two unsigned words; the partial products stay below 2^53. */
function multiplyHigh(a: number, b: number): number {
  const lower = a * (b & 0xffff);
  const upper = a * (b >>> 16);
  return Math.floor((upper + Math.floor(lower / 0x10000)) / 0x10000);
}
