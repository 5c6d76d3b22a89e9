import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { ByteRange, WeightMatrix } from "../../lib/solver/matrix.ts";

const E2M1 = [0, 0.5, 1, 1.5, 2, 3, 4, 6];

/**
 * The elements of one tap, row-major, read the slow way: one element after the other by the words of the
 * descriptor's documentation. For files of a few kilobytes.
 */
export function decodeMatrix(matrix: WeightMatrix, tap = 0): Float32Array {
  const { rows, cols } = matrix;
  const element = reader(matrix, tap);
  return Float32Array.from({ length: rows * cols }, (_, i) => element(Math.floor(i / cols), i % cols));
}

export function crcOf(values: Float32Array): string {
  return crc32(new Uint8Array(values.buffer)).toString(16).padStart(8, "0");
}

function reader(matrix: WeightMatrix, tap: number): (row: number, col: number) => number {
  const { source, cols } = matrix;
  if (!("bytes" in source || "blocks" in source)) throw new Error("not in a file");
  if ("blocks" in source) {
    const blocks = bytesOf(source.blocks);
    const scales = bytesOf(source.scales);
    return (row, col) => {
      const element = (source.firstRow + row * source.rowStep) * cols + col;
      const byte = blocks[element >> 1]!;
      const code = element % 2 === 0 ? byte & 15 : byte >> 4;
      const sign = code & 8 ? -1 : 1;
      return sign * E2M1[code & 7]! * 2 ** (scales[Math.floor(element / 32)]! - 127);
    };
  }
  const bytes = bytesOf(source.bytes);
  const { encoding, offset, rowStride, colStride, tapStride } = source;
  return (row, col) => {
    const i = offset + row * rowStride + col * colStride + tap * tapStride;
    if (encoding === "F64") return bytes.readDoubleLE(8 * i);
    if (encoding === "F32") return bytes.readFloatLE(4 * i);
    if (encoding !== "BF16") throw new Error(`no ${encoding} here`);
    const word = Buffer.alloc(4);
    bytes.copy(word, 2, 2 * i, 2 * i + 2);
    return word.readFloatLE(0);
  };
}

function bytesOf({ file, begin, end }: ByteRange): Buffer {
  return readFileSync(file.path).subarray(begin, end);
}
