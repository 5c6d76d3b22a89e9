import type { ByteRange, FloatEncoding, FloatSource } from "../solver/matrix.ts";
import { dtypeBits } from "./dtype.ts";
import type { Tensor } from "./tensor.ts";

/** A tensor whose dtype the decoder reads. */
export type FloatTensor = Tensor & { dtype: FloatEncoding };

/** Elements `first` to `first + count` of a tensor of whole-byte floats. */
export function elementRange(tensor: FloatTensor, first: number, count: number): ByteRange {
  const width = dtypeBits(tensor.dtype) / 8;
  const begin = tensor.bytes.begin + first * width;
  return { file: tensor.bytes.file, begin, end: begin + count * width };
}

/** Rows `firstRow` to `firstRow + rows` of a row-major matrix. */
export function rowsOf(tensor: FloatTensor, firstRow: number, rows: number): FloatSource {
  const cols = tensor.shape[1]!;
  return {
    encoding: tensor.dtype,
    bytes: elementRange(tensor, firstRow * cols, rows * cols),
    offset: 0,
    rowStride: cols,
    colStride: 1,
    tapStride: 0,
  };
}

/** A convolution kernel [out, in, kh, kw]: tap i·kw + j is the matrix of all elements at (i, j). */
export function tapsOf(tensor: FloatTensor): FloatSource {
  const [, inputs, height, width] = tensor.shape as [number, number, number, number];
  const taps = height * width;
  return {
    encoding: tensor.dtype,
    bytes: tensor.bytes,
    offset: 0,
    rowStride: inputs * taps,
    colStride: taps,
    tapStride: 1,
  };
}
