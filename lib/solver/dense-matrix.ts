import type { MemorySource, WeightMatrix } from "./matrix.ts";

/** A matrix in memory, row-major. */
export interface DenseMatrix<Values = Float32Array | Float64Array> {
  values: Values;
  rows: number;
  cols: number;
}

/** The descriptor of a matrix in memory. */
export type DescribedDense<Values = Float32Array | Float64Array> = WeightMatrix & {
  source: MemorySource & { values: Values };
};

/**
 * Its descriptor.
 *
 * @param name keys its shuffles.
 * @throws RangeError if the sides do not fit the values.
 */
export function describeDense<Values extends Float32Array | Float64Array>(
  { values, rows, cols }: DenseMatrix<Values>,
  name = "matrix",
): DescribedDense<Values> {
  if (
    !Number.isInteger(rows) ||
    !Number.isInteger(cols) ||
    rows < 0 ||
    cols < 0 ||
    rows * cols !== values.length
  ) {
    throw new RangeError(`a ${rows} × ${cols} matrix cannot have ${values.length} values`);
  }
  return {
    name,
    tensor: name,
    role: "dense",
    layer: null,
    expert: null,
    rows,
    cols,
    taps: 1,
    source: { encoding: values instanceof Float64Array ? "F64" : "F32", values },
  };
}
