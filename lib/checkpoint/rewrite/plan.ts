import { relative } from "node:path";
import type { Checkpoint, CheckpointFile } from "../checkpoint.ts";
import type { Dtype } from "../dtype.ts";
import type { Plan } from "../plan.ts";
import { safetensorsHead } from "../safetensors-head.ts";
import type { Tensor } from "../tensor.ts";
import {
  type ConvertedStack,
  convertStacks,
  type EditsByName,
  needsConversion,
  type PlacedPiece,
  piecesInPlace,
} from "./pieces.ts";
import { readSourceHeader, type SourceHeader } from "./source-header.ts";

/** Bytes that go into the new file as they are. */
export interface Copy {
  from: number;
  to: number;
  bytes: number;
}

/** A weight file of the new checkpoint. */
export interface NewFile {
  source: CheckpointFile;
  /** Relative to the folder. */
  name: string;
  head: Uint8Array;
  size: number;
  copies: Copy[];
  /** `to` counts from the beginning of the file. */
  pieces: (Pick<PlacedPiece, "piece"> & { to: number })[];
}

export interface RewritePlan {
  files: NewFile[];
  /** MXFP4 stacks that become BF16; empty if none does. */
  converted: ConvertedStack[];
}

/** A tensor of a new file: an old one, or what a stack has become. */
interface NewTensor {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
  bytes: number;
  /** Null where pieces fill all of it. */
  old: Tensor | null;
}

/**
 * What the files of an edited checkpoint will hold. Tensors keep their names, types, order and files. But if an MXFP4
 * expert is edited, all stacks become BF16, each in the file of its codes.
 * Errors: RW_LAYOUT, CK_*, ST_*, and those of broken stacks.
 *
 * @param folder that file names are told relative to.
 */
export async function planRewrite(
  checkpoint: Checkpoint,
  plan: Plan,
  edits: EditsByName,
  folder: string,
): Promise<RewritePlan> {
  const { tensors } = checkpoint;
  const converted = needsConversion(plan, edits)
    ? convertStacks(plan, tensors, checkpoint.layout, edits)
    : [];
  const pieces = [...piecesInPlace(plan, tensors, edits), ...converted.flatMap((stack) => stack.pieces)];
  const byTensor = new Map<string, PlacedPiece[]>();
  for (const piece of pieces) {
    const others = byTensor.get(piece.tensor);
    if (others === undefined) byTensor.set(piece.tensor, [piece]);
    else others.push(piece);
  }
  const files: NewFile[] = [];
  for (const source of checkpoint.files) {
    const name = relative(folder, source.path);
    files.push(newFile(source, name, await readSourceHeader(source), converted, byTensor));
  }
  return { files, converted };
}

function newFile(
  source: CheckpointFile,
  name: string,
  header: SourceHeader,
  converted: readonly ConvertedStack[],
  pieces: ReadonlyMap<string, readonly PlacedPiece[]>,
): NewFile {
  const gone = new Set(converted.flatMap(({ blocks, scales }) => [blocks, scales]));
  const changes = header.tensors.some((tensor) => gone.has(tensor.name));
  const tensors = changes ? newTensors(header.tensors, converted, gone) : header.tensors.map(kept);
  const head = changes ? safetensorsHead(tensors, header.metadata) : header.head;
  const file: NewFile = { source, name, head, size: head.length, copies: [], pieces: [] };
  for (const tensor of tensors) {
    const begin = file.size;
    file.size += tensor.bytes;
    let done = 0;
    const copyTo = (end: number) => {
      if (end > done && tensor.old !== null) {
        file.copies.push({ from: tensor.old.bytes.begin + done, to: begin + done, bytes: end - done });
      }
    };
    const own = [...(pieces.get(tensor.name) ?? [])].sort((a, b) => a.at - b.at);
    for (const { at, bytes, piece } of own) {
      copyTo(at);
      file.pieces.push({ piece, to: begin + at });
      done = at + bytes;
    }
    copyTo(tensor.bytes);
  }
  return file;
}

function kept(tensor: Tensor): NewTensor {
  const { name, dtype, shape, bytes } = tensor;
  return { name, dtype, shape, bytes: bytes.end - bytes.begin, old: tensor };
}

/** The codes of a stack make room for its floats, its exponents go. */
function newTensors(
  tensors: readonly Tensor[],
  converted: readonly ConvertedStack[],
  gone: ReadonlySet<string>,
): NewTensor[] {
  const stacks = new Map(converted.map((stack) => [stack.blocks, stack]));
  return tensors.flatMap((tensor): NewTensor[] => {
    if (!gone.has(tensor.name)) return [kept(tensor)];
    const stack = stacks.get(tensor.name);
    if (stack === undefined) return [];
    const { name, shape, pieces } = stack;
    return [
      { name, dtype: "BF16", shape, bytes: pieces.reduce((sum, { bytes }) => sum + bytes, 0), old: null },
    ];
  });
}
