import type { Source, WeightMatrix } from "./matrix.ts";

/** One tap of a kernel as a matrix of its own; its name, which keys the shuffle, stays. */
export function tapMatrix(matrix: WeightMatrix, tap: number): WeightMatrix {
  const { source, taps, rows, cols } = matrix;
  if (taps === 1) return matrix;
  return { ...matrix, taps: 1, source: tapSource(source, tap, rows * cols) };
}

function tapSource(source: Source, tap: number, count: number): Source {
  if ("minuend" in source) {
    const { minuend, subtrahend } = source;
    return { ...source, minuend: operand(minuend, tap, count), subtrahend: operand(subtrahend, tap, count) };
  }
  return operand(source, tap, count);
}

function operand<T extends Exclude<Source, { minuend: unknown }>>(source: T, tap: number, count: number): T {
  if ("tapStride" in source) return { ...source, offset: source.offset + tap * source.tapStride };
  if ("values" in source)
    return { ...source, values: source.values.subarray(tap * count, (tap + 1) * count) };
  throw new RangeError("neither blocks of MXFP4 nor products of factors have several taps");
}
