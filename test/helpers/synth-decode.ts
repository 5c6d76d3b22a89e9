import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A decoder that shares nothing with the package: headers by JSON.parse, numbers by the arithmetic of their bits. */
export interface StoredBytes {
  file: string;
  dtype: string;
  shape: number[];
  bytes: Buffer;
}

export interface Decoded {
  rows: number;
  cols: number;
  values: Float32Array;
}

export function readTensors(directory: string, files: string[]): Map<string, StoredBytes> {
  const tensors = new Map<string, StoredBytes>();
  for (const file of files) {
    const content = readFileSync(join(directory, file));
    const start = 8 + Number(content.readBigUInt64LE(0));
    const header = JSON.parse(content.toString("utf8", 8, start)) as Record<
      string,
      { dtype: string; shape: number[]; data_offsets: [number, number] }
    >;
    for (const [
      name,
      {
        dtype,
        shape,
        data_offsets: [begin, end],
      },
    ] of Object.entries(header)) {
      tensors.set(name, { file, dtype, shape, bytes: content.subarray(start + begin, start + end) });
    }
  }
  return tensors;
}

/** Rows `first`, `first + step`, … of a float tensor of rank 2. */
export function decodeFloats(tensor: StoredBytes, first = 0, rows = tensor.shape[0]!, step = 1): Decoded {
  const cols = tensor.shape[1]!;
  const width = tensor.dtype === "F32" ? 4 : 2;
  const values = new Float32Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const at = ((first + r * step) * cols + c) * width;
      values[r * cols + c] = width === 4 ? tensor.bytes.readFloatLE(at) : bf16(tensor.bytes.readUInt16LE(at));
    }
  }
  return { rows, cols, values };
}

/** Rows `first`, `first + step`, … of one expert of an MXFP4 tensor. */
export function decodeExpert(
  blocks: StoredBytes,
  scales: StoredBytes,
  expert: number,
  first: number,
  step: number,
): Decoded {
  const [, stored, groups] = blocks.shape as [number, number, number];
  const rows = Math.ceil((stored - first) / step);
  const cols = 32 * groups;
  const values = new Float32Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    const row = expert * stored + first + r * step;
    for (let c = 0; c < cols; c++) {
      const block = row * groups + Math.floor(c / 32);
      const byte = blocks.bytes[16 * block + Math.floor((c % 32) / 2)]!;
      const nibble = c % 2 === 0 ? byte % 16 : Math.floor(byte / 16);
      values[r * cols + c] = e2m1(nibble) * 2 ** (scales.bytes[block]! - 127);
    }
  }
  return { rows, cols, values };
}

export function bf16(word: number): number {
  const sign = word >= 0x8000 ? -1 : 1;
  const exponent = Math.floor((word % 0x8000) / 0x80);
  const fraction = (word % 0x80) / 0x80;
  if (exponent === 255) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -126 : (1 + fraction) * 2 ** (exponent - 127));
}

export function e2m1(code: number): number {
  const sign = code >= 8 ? -1 : 1;
  const exponent = Math.floor((code % 8) / 2);
  const mantissa = code % 2;
  return sign * (exponent === 0 ? 0.5 * mantissa : (1 + mantissa / 2) * 2 ** (exponent - 1));
}
