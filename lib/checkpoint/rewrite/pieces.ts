import type { Edit, Piece, PiecePart, PlaceInPiece } from "../../solver/edit.ts";
import { SpectrapError } from "../../solver/error.ts";
import type { FloatSource, Mxfp4Source, WeightMatrix } from "../../solver/matrix.ts";
import type { Layout } from "../checkpoint.ts";
import { dtypeBits } from "../dtype.ts";
import { expertStrides } from "../gpt-oss-experts.ts";
import { gptOssPiece } from "../gpt-oss-names.ts";
import type { Plan } from "../plan.ts";
import type { Tensor } from "../tensor.ts";

/** Edits by the name of the matrix. */
export type EditsByName = ReadonlyMap<string, readonly Edit[]>;

/** A piece that takes the place of bytes of its tensor, `at` bytes from the tensor's beginning. */
export interface PlacedPiece {
  tensor: string;
  at: number;
  bytes: number;
  piece: Piece;
}

/** A stack of MXFP4 experts that becomes one tensor of BF16. */
export interface ConvertedStack {
  blocks: string;
  scales: string;
  name: string;
  /** [experts, in, out], transposed against the stack, gate and up in turns by column; in OpenAI's layout [experts, out, in]. */
  shape: [number, number, number];
  pieces: PlacedPiece[];
}

const BF16_BYTES = 2;

/**
 * Pieces of tensors that keep their layout: each covers the bytes that its matrices share, such as a tensor, the rows of
 * q, or gate and up of one expert. A piece has all matrices of its bytes, edited or not.
 */
export function piecesInPlace(plan: Plan, tensors: readonly Tensor[], edits: EditsByName): PlacedPiece[] {
  const begins = new Map(tensors.map(({ name, bytes }) => [name, bytes.begin]));
  const groups = new Map<string, (WeightMatrix & { source: FloatSource })[]>();
  for (const matrix of plan.matrices) {
    if (!isStoredFloat(matrix)) continue;
    const { file, begin, end } = matrix.source.bytes;
    const key = `${begin} ${end} ${file.path}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [matrix]);
    else group.push(matrix);
  }
  const pieces: PlacedPiece[] = [];
  for (const matrices of groups.values()) {
    if (!matrices.some(({ name }) => edits.has(name))) continue;
    const { tensor, source } = matrices[0]!;
    const bytes = source.bytes.end - source.bytes.begin;
    const parts = matrices.flatMap((matrix) => taps(matrix, edits));
    const elements = bytes / (dtypeBits(source.encoding) / 8);
    pieces.push({ tensor, at: source.bytes.begin - begins.get(tensor)!, bytes, piece: { elements, parts } });
  }
  return pieces;
}

function isStoredFloat(matrix: WeightMatrix): matrix is WeightMatrix & { source: FloatSource } {
  return "bytes" in matrix.source;
}

function taps(matrix: WeightMatrix & { source: FloatSource }, edits: EditsByName): PiecePart[] {
  const { offset, rowStride, colStride, tapStride } = matrix.source;
  return Array.from({ length: matrix.taps }, (_, tap) =>
    part(matrix, edits, { offset: offset + tap * tapStride, rowStride, colStride }, tap),
  );
}

function part(matrix: WeightMatrix, edits: EditsByName, place: PlaceInPiece, tap = 0): PiecePart {
  return { matrix, edits: edits.get(matrix.name) ?? [], tap, place };
}

/** Whether an edit concerns a matrix in MXFP4: then every stack becomes BF16, since config.json says one thing of all. */
export function needsConversion(plan: Plan, edits: EditsByName): boolean {
  return plan.matrices.some(({ name, source }) => source.encoding === "MXFP4" && edits.has(name));
}

/**
 * Every MXFP4 stack of a checkpoint of GPT-OSS as floats, under the name that its layout has for them. Errors: RW_LAYOUT
 * where that name is taken or a stack is not made of matrices; those of broken stacks.
 */
export function convertStacks(
  plan: Plan,
  tensors: readonly Tensor[],
  layout: Layout,
  edits: EditsByName,
): ConvertedStack[] {
  if (layout === "plain") throw new RangeError("only layouts of GPT-OSS have MXFP4 stacks");
  const separator = layout === "gpt-oss" ? "_" : ".";
  const broken = plan.broken.find(({ error }) => error.code.startsWith("MX_"));
  if (broken !== undefined) throw broken.error;
  const names = new Set(tensors.map(({ name }) => name));
  const matrices = new Map<string, WeightMatrix[]>();
  for (const matrix of plan.matrices) {
    if (matrix.source.encoding !== "MXFP4") continue;
    const stack = matrices.get(matrix.tensor);
    if (stack === undefined) matrices.set(matrix.tensor, [matrix]);
    else stack.push(matrix);
  }
  const packed = tensors.filter(
    ({ name }) => gptOssPiece(name, layout)?.kind === "blocks" || matrices.has(name),
  );
  return packed.map((tensor) => {
    const name = tensor.name.slice(0, -`${separator}blocks`.length);
    if (names.has(name)) throw refuse(tensor, `cannot become "${name}": there is such a tensor`);
    const scales = `${name}${separator}scales`;
    return convertStack(tensor, { name, scales, layout }, matrices.get(tensor.name) ?? [], edits);
  });
}

function convertStack(
  tensor: Tensor,
  { name, scales, layout }: { name: string; scales: string; layout: Layout },
  matrices: readonly WeightMatrix[],
  edits: EditsByName,
): ConvertedStack {
  const [experts, rows, groups] = tensor.shape as [number, number, number];
  const cols = 32 * groups;
  const transposed = layout === "gpt-oss";
  const elements = rows * cols;
  const parts = Array.from({ length: experts }, (): PiecePart[] => []);
  for (const matrix of matrices) {
    const { firstRow, rowStep } = matrix.source as Mxfp4Source;
    parts[matrix.expert!]!.push(
      part(matrix, edits, expertStrides(firstRow, rowStep, transposed ? { rows } : { cols })),
    );
  }
  const filled = (own: readonly PiecePart[]) =>
    own.reduce((sum, { matrix }) => sum + matrix.rows * matrix.cols, 0) === elements;
  if (!parts.every(filled)) throw refuse(tensor, "is not made of matrices that could be written as BF16");
  const bytes = elements * BF16_BYTES;
  return {
    blocks: tensor.name,
    scales,
    name,
    shape: transposed ? [experts, cols, rows] : [experts, rows, cols],
    pieces: parts.map((own, expert) => ({
      tensor: name,
      at: expert * bytes,
      bytes,
      piece: { elements, parts: own },
    })),
  };
}

function refuse(tensor: Tensor, reason: string): SpectrapError {
  return new SpectrapError("RW_LAYOUT", reason, { file: tensor.bytes.file.path, tensor: tensor.name });
}
