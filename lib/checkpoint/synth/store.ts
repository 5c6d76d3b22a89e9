import { MatrixContent } from "./content.ts";
import { encodeBf16, encodeMxfp4 } from "./encode.ts";
import { BLOCK } from "./options.ts";
import { type MatrixGroup, type PlannedVector, type StoredTensor, TENSOR_BYTES } from "./plan.ts";
import { KeyedRandom } from "./random.ts";
import { type MatrixTruth, Tally } from "./truth.ts";

/** Takes bytes of a tensor, `at` bytes from its beginning. */
export type Sink = (tensor: string, bytes: Uint8Array, at: number) => Promise<void>;

/** Entries made between two writes: a few milliseconds of work and about a megabyte. */
const ENTRIES_AT_ONCE = 2 ** 18;

/** Makes the matrices of a group block of rows by block of rows, and says what they hold. */
export async function storeGroup(group: MatrixGroup, seed: number, sink: Sink): Promise<MatrixTruth[]> {
  const { matrices, tensor, scales, firstRow } = group;
  const { rows, cols } = matrices[0]!;
  const width = group.encoding === "MXFP4" ? cols / 2 : cols * TENSOR_BYTES[group.encoding];
  const scalesWidth = cols / BLOCK;
  const step = matrices.length;
  const contents = matrices.map((matrix) => new MatrixContent(seed, matrix));
  const tallies = matrices.map(() => new Tally());

  const atOnce = Math.max(1, Math.floor(ENTRIES_AT_ONCE / (cols * step)));
  for (let top = 0; top < rows; top += atOnce) {
    const count = Math.min(atOnce, rows - top);
    const codes = new Uint8Array(count * step * width);
    const exponents = new Uint8Array(scales === null ? 0 : count * step * scalesWidth);
    for (const [i, content] of contents.entries()) {
      const values = new Float32Array(count * cols);
      for (let r = 0; r < count; r++) {
        const line = values.subarray(r * cols, (r + 1) * cols);
        const place = r * step + i;
        content.row(top + r, line);
        encodeLine(
          group.encoding,
          line,
          codes.subarray(place * width, (place + 1) * width),
          exponents.subarray(place * scalesWidth, (place + 1) * scalesWidth),
        );
      }
      tallies[i]!.add(values);
    }
    const stored = firstRow + top * step;
    await sink(tensor, codes, stored * width);
    if (scales !== null) await sink(scales, exponents, stored * scalesWidth);
  }
  return matrices.map((matrix, i) => tallies[i]!.truth(matrix, tensor, contents[i]!.outliers));
}

export async function storeVector(
  vector: PlannedVector,
  dtype: StoredTensor["dtype"],
  seed: number,
  sink: Sink,
): Promise<void> {
  const numbers = new Float64Array(vector.length);
  new KeyedRandom(seed, vector.name).gaussians(0, numbers);
  const values = Float32Array.from(numbers, (number) => vector.mean + vector.deviation * number);
  const encoding = dtype === "F32" ? "F32" : "BF16";
  const codes = new Uint8Array(vector.length * TENSOR_BYTES[encoding]);
  encodeLine(encoding, values, codes, new Uint8Array(0));
  await sink(vector.tensor, codes, vector.first * TENSOR_BYTES[encoding]);
}

/** Leaves in `line` what the codes decode to. */
function encodeLine(
  encoding: MatrixGroup["encoding"],
  line: Float32Array,
  codes: Uint8Array,
  exponents: Uint8Array,
): void {
  if (encoding === "MXFP4") encodeMxfp4(line, codes, exponents);
  else if (encoding === "BF16")
    encodeBf16(line, new Uint16Array(codes.buffer, codes.byteOffset, line.length));
  else new Float32Array(codes.buffer, codes.byteOffset, line.length).set(line);
}
