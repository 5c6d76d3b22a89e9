// A weight matrix in a file as a checkpoint has it, without the checkpoint: for benchmarks of single stages.
import { statSync, writeFileSync } from "node:fs";
import { weights } from "../dist/bench/kinds.js";
import { encodeBf16, encodeMxfp4 } from "../dist/checkpoint/synth/encode.js";

/** Writes rows × cols Gaussian weights as "MXFP4" (blocks, then their exponents; cols a multiple of 32) or "BF16". */
export function writeMatrixFile(file, { encoding, rows, cols, seed }) {
  encodeMatrixFile(file, encoding, weights("gauss", { n: cols, rows, seed }));
}

/** Writes `values`, which are rounded in place: whole blocks of 32 as "MXFP4" (blocks, then their exponents), or "BF16". */
export function encodeMatrixFile(file, encoding, values) {
  if (encoding === "BF16") {
    const words = new Uint16Array(values.length);
    encodeBf16(values, words);
    writeFileSync(file, words);
    return;
  }
  const blocks = new Uint8Array(values.length / 2);
  const scales = new Uint8Array(values.length / 32);
  encodeMxfp4(values, blocks, scales);
  writeFileSync(file, Buffer.concat([blocks, scales]));
}

/** The descriptor (WeightMatrix of lib/solver/matrix.ts) of a matrix in such a file. */
export function matrixInFile(path, { encoding, rows, cols }) {
  const { size, mtimeNs, ino } = statSync(path, { bigint: true });
  const file = { path, size: Number(size), mtimeNs, inode: ino };
  const count = rows * cols;
  const source =
    encoding === "BF16"
      ? {
          encoding,
          bytes: { file, begin: 0, end: 2 * count },
          offset: 0,
          rowStride: cols,
          colStride: 1,
          tapStride: count,
        }
      : {
          encoding,
          blocks: { file, begin: 0, end: count / 2 },
          scales: { file, begin: count / 2, end: count / 2 + count / 32 },
          firstRow: 0,
          rowStep: 1,
        };
  return {
    name: "bench",
    tensor: "bench",
    role: "dense",
    layer: null,
    expert: null,
    rows,
    cols,
    taps: 1,
    source,
  };
}
