import type { FloatEncoding } from "../solver/matrix.ts";

/**
 * Bits per element of every dtype a safetensors header may name. The spellings are those of the format's
 * reference enumeration; any other spelling is refused.
 */
const BITS = {
  F64: 64,
  F32: 32,
  F16: 16,
  BF16: 16,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F8_E8M0: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
  I64: 64,
  I32: 32,
  I16: 16,
  I8: 8,
  U64: 64,
  U32: 32,
  U16: 16,
  U8: 8,
  BOOL: 8,
  C64: 64,
} as const;

export type Dtype = keyof typeof BITS;

const DTYPES: ReadonlyMap<string, number> = new Map(Object.entries(BITS));

const FLOAT_ENCODINGS: ReadonlySet<string> = new Set<FloatEncoding>([
  "F64",
  "F32",
  "F16",
  "BF16",
  "F8_E4M3",
  "F8_E5M2",
]);

export function isDtype(name: string): name is Dtype {
  return DTYPES.has(name);
}

/** Bits of one element; those of F4 and F6 do not fill a byte. */
export function dtypeBits(dtype: Dtype): number {
  return BITS[dtype];
}

/** Whether the elements are floats the decoder reads as weights. */
export function isFloatEncoding(dtype: Dtype): dtype is FloatEncoding {
  return FLOAT_ENCODINGS.has(dtype);
}
