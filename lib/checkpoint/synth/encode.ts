import { BLOCK } from "./options.ts";

/** The sixteen E2M1 values by code: sign, two exponent bits, one mantissa bit. */
export const E2M1: Float64Array = Float64Array.of(
  0,
  0.5,
  1,
  1.5,
  2,
  3,
  4,
  6,
  -0,
  -0.5,
  -1,
  -1.5,
  -2,
  -3,
  -4,
  -6,
);

/** Nearest code of a magnitude a < 8 from index ⌊4a⌋ + ⌈4a⌉; a midpoint of two values takes the even code. */
const NEAREST = nearestCodes();

function nearestCodes(): Uint8Array {
  const midpoints = [0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5];
  // An odd index stands for the open interval between two quarters, an even one for the quarter itself.
  return Uint8Array.from({ length: 64 }, (_, index) => {
    const magnitude = index / 8;
    const below = midpoints.filter((midpoint) => midpoint < magnitude).length;
    return midpoints.includes(magnitude) && below % 2 === 1 ? below + 1 : below;
  });
}

const bitsOf = new Uint32Array(1);
const floatOf = new Float32Array(bitsOf.buffer);

/** 2^k for k from −127 to 127 at index k + 127. */
const POWERS = Float64Array.from({ length: 255 }, (_, index) => 2 ** (index - 127));

/**
 * Encodes `values` (whole blocks of 32) as MXFP4: 16 bytes a block, low nibble first, and one exponent byte. The
 * shared exponent is ⌊log₂ max⌋ − 2, so that the largest magnitude lands in [4, 8) and saturates at 6; ties go to
 * the even code. Replaces `values` by what the codes decode to. (OCP Microscaling Formats v1.0, section 6.3.)
 */
export function encodeMxfp4(values: Float32Array, blocks: Uint8Array, scales: Uint8Array): void {
  for (let block = 0; block * BLOCK < values.length; block++) {
    const first = block * BLOCK;
    let largest = 0;
    for (let i = first; i < first + BLOCK; i++) {
      const magnitude = Math.abs(values[i]!);
      if (magnitude > largest) largest = magnitude;
    }
    floatOf[0] = largest;
    const scale = Math.max(0, (bitsOf[0]! >>> 23) - 2);
    scales[block] = scale;
    const power = POWERS[scale]!;
    const inverse = 4 * POWERS[254 - scale]!;
    for (let i = first; i < first + BLOCK; i += 2) {
      const low = encodeE2m1(values[i]!, inverse);
      const high = encodeE2m1(values[i + 1]!, inverse);
      values[i] = E2M1[low]! * power;
      values[i + 1] = E2M1[high]! * power;
      blocks[i >> 1] = low | (high << 4);
    }
  }
}

function encodeE2m1(value: number, quarters: number): number {
  const scaled = Math.abs(value) * quarters;
  const floor = scaled | 0;
  const code = NEAREST[2 * floor + (scaled > floor ? 1 : 0)]!;
  return value < 0 || Object.is(value, -0) ? code | 8 : code;
}

/** Rounds float32 `values` to BF16, ties to even, into `words`; replaces `values` by the rounded numbers. */
export function encodeBf16(values: Float32Array, words: Uint16Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i]!;
    const word = (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
    words[i] = word;
    bits[i] = word << 16;
  }
}
