import { type ErrorPlace, SpectrapError } from "../solver/error.ts";
import type { Mxfp4Source } from "../solver/matrix.ts";
import type { ModelConfig } from "./config.ts";
import type { Tensor } from "./tensor.ts";

/** Elements that share one exponent byte, and the bytes their codes fill. */
const BLOCK = 32;
const BLOCK_BYTES = 16;

/** MXFP4 matrices of all experts of a layer: codes U8 [experts, rows, cols/32, 16], exponents without the 16. */
export interface Stack {
  blocks: Tensor;
  scales: Tensor;
  experts: number;
  /** Of the stored matrix of one expert; gate and up share those of gate_up. */
  rows: number;
  cols: number;
}

/** Either half of a stack may be missing from a damaged file. */
export interface StackHalves {
  role: "gate_up" | "down";
  blocks?: Tensor;
  scales?: Tensor;
}

/**
 * The stack two companions make. Errors: MX_SCALES_MISSING, MX_BLOCKS_MISSING, MX_DTYPE, MX_BLOCK_WIDTH, MX_SHAPE,
 * MX_ODD_ROWS, MX_CONFIG_MISMATCH.
 */
export function joinStack(halves: StackHalves, config: ModelConfig | null): Stack {
  const { role, blocks, scales } = halves;
  if (scales === undefined) throw refuse("MX_SCALES_MISSING", "has no scales beside it", blocks!);
  if (blocks === undefined) throw refuse("MX_BLOCKS_MISSING", "has no blocks beside it", scales);
  for (const half of [blocks, scales]) {
    if (half.dtype !== "U8") throw refuse("MX_DTYPE", `is ${half.dtype}; codes and scales are U8`, half);
  }
  const [experts, rows, groups, width] = blocks.shape;
  if (blocks.shape.at(-1) !== BLOCK_BYTES) {
    throw refuse(
      "MX_BLOCK_WIDTH",
      `has blocks of ${blocks.shape.at(-1) ?? 0} bytes, not ${BLOCK_BYTES}`,
      blocks,
    );
  }
  if (width === undefined || blocks.shape.length !== 4 || !equal(blocks.shape.slice(0, 3), scales.shape)) {
    const shapes = `[${blocks.shape.join(", ")}] and [${scales.shape.join(", ")}]`;
    throw refuse("MX_SHAPE", `blocks and scales of shapes ${shapes} do not fit each other`, blocks);
  }
  const stack = { blocks, scales, experts: experts!, rows: rows!, cols: groups! * BLOCK };
  if (role === "gate_up" && stack.rows % 2 !== 0) {
    throw oddRows(stack.rows, blocks);
  }
  checkConfig(role, stack, config, blocks);
  return stack;
}

/** Gate and up alternate, so there must be as many of one as of the other: MX_ODD_ROWS. */
export function oddRows(rows: number, tensor: Tensor): SpectrapError {
  return refuse("MX_ODD_ROWS", `has ${rows} fused rows, which cannot be gate and up in turns`, tensor);
}

/** Experts, rows and columns of gate_up or down as config.json promises them. Errors: MX_CONFIG_MISMATCH. */
export function checkConfig(
  role: "gate_up" | "down",
  found: { experts: number; rows: number; cols: number },
  config: ModelConfig | null,
  tensor: Tensor,
): void {
  const hidden = config?.hiddenSize;
  const intermediate = config?.intermediateSize;
  const doubled = intermediate === undefined ? undefined : 2 * intermediate;
  const expected: [string, number | undefined, number][] = [
    ["experts", config?.experts, found.experts],
    ["rows", role === "gate_up" ? doubled : hidden, found.rows],
    ["columns", role === "gate_up" ? hidden : intermediate, found.cols],
  ];
  for (const [what, promised, actual] of expected) {
    if (promised !== undefined && promised !== actual) {
      throw refuse("MX_CONFIG_MISMATCH", `has ${actual} ${what} where config.json says ${promised}`, tensor);
    }
  }
}

/** The stored matrix of one expert, or every second row of it. */
export function expertSource(stack: Stack, expert: number, firstRow: number, rowStep: number): Mxfp4Source {
  const groups = (stack.rows * stack.cols) / BLOCK;
  return {
    encoding: "MXFP4",
    blocks: slice(stack.blocks, expert, groups * BLOCK_BYTES),
    scales: slice(stack.scales, expert, groups),
    firstRow,
    rowStep,
  };
}

function slice(tensor: Tensor, expert: number, bytes: number): Mxfp4Source["blocks"] {
  const begin = tensor.bytes.begin + expert * bytes;
  return { file: tensor.bytes.file, begin, end: begin + bytes };
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function refuse(code: string, reason: string, tensor: Tensor): SpectrapError {
  const place: ErrorPlace = { file: tensor.bytes.file.path, tensor: tensor.name, offset: tensor.bytes.begin };
  return new SpectrapError(code, reason, {
    ...place,
    hint: "the file is incomplete or damaged; fetch it again",
  });
}
