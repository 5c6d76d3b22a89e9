import type { WeightMatrix } from "./matrix.ts";

/** A matrix in memory, row-major. */
export interface DenseMatrix {
  values: Float32Array | Float64Array;
  rows: number;
  cols: number;
}

/** Its descriptor. Throws RangeError if the sides do not fit the values. */
export function describeDense({ values, rows, cols }: DenseMatrix): WeightMatrix {
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
    name: "matrix",
    tensor: "matrix",
    role: "dense",
    layer: null,
    expert: null,
    rows,
    cols,
    taps: 1,
    source: { encoding: values instanceof Float64Array ? "F64" : "F32", values },
  };
}
