import type { ByteRange } from "../solver/matrix.ts";
import type { Dtype } from "./dtype.ts";

/** A tensor as the header of its file declares it. */
export interface Tensor {
  name: string;
  dtype: Dtype;
  /** Row-major; empty for a scalar. */
  shape: readonly number[];
  bytes: ByteRange;
}

/** Number of elements: 1 for a scalar, 0 when a dimension is 0. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
