import { SpectrapError } from "../solver/error.ts";
import type { FloatSource, Mxfp4Source, Role } from "../solver/matrix.ts";
import type { Layout } from "./checkpoint.ts";
import type { ModelConfig } from "./config.ts";
import { elementRange, type FloatTensor } from "./float-source.ts";
import type { Piece } from "./gpt-oss-names.ts";
import { checkConfig, expertSource, joinStack, oddRows, type StackHalves } from "./mxfp4.ts";
import { type PlanDraft, SECTIONS } from "./plan-draft.ts";
import { EMPTY, MIN_SIDE, SHORT_SIDE } from "./skip-reason.ts";
import { elementCount, type Tensor } from "./tensor.ts";

/** Of the parts of a layer. */
const EXPERTS_POSITION = 5;

/** Rows firstRow, firstRow + rowStep, ... of the stored matrix of one expert. */
interface Cut {
  firstRow: number;
  rowStep: number;
}

/** A matrix of an expert, and its place among the others. */
interface ExpertPart extends Cut {
  role: Role;
  rows: number;
  part: number;
}

/** Gate and up alternate row by row in storage, they are two maps all the same. */
function cuts(role: "gate_up" | "down", rows: number, fused: boolean): ExpertPart[] {
  if (role === "down") return [{ role, rows, firstRow: 0, rowStep: 1, part: 3 }];
  const halves: ExpertPart[] = [
    { role: "gate", rows: rows / 2, firstRow: 0, rowStep: 2, part: 0 },
    { role: "up", rows: rows / 2, firstRow: 1, rowStep: 2, part: 1 },
  ];
  return fused ? [...halves, { role, rows, firstRow: 0, rowStep: 1, part: 2 }] : halves;
}

/** Experts in MXFP4: their matrices, or an error row for the stack whose halves do not fit. */
export function addStack(
  draft: PlanDraft,
  piece: Piece,
  halves: StackHalves,
  config: ModelConfig | null,
  fused: boolean,
): void {
  const tensor = (halves.blocks ?? halves.scales)!;
  if (halves.scales !== undefined) draft.claim(halves.scales.name);
  const stack = orBroken(draft, piece, tensor.name, () => joinStack(halves, config));
  if (stack === null) return;
  addExperts(draft, piece, tensor, stack, fused, (expert, { firstRow, rowStep }) =>
    expertSource(stack, expert, firstRow, rowStep),
  );
}

/**
 * Experts saved after dequantising. In the Hugging Face layout they are floats [experts, in, out], transposed against the
 * packed ones, so that gate and up alternate by column, and strides turn them back; in OpenAI's own [experts, out, in].
 */
export function addFloatExperts(
  draft: PlanDraft,
  piece: Piece,
  tensor: FloatTensor,
  layout: Exclude<Layout, "plain">,
  config: ModelConfig | null,
  fused: boolean,
): void {
  const role = piece.role as StackHalves["role"];
  const [experts, ...sides] = tensor.shape as [number, number, number];
  const transposed = layout === "gpt-oss";
  const [rows, cols] = transposed ? [sides[1], sides[0]] : sides;
  const stack = orBroken(draft, piece, tensor.name, () => {
    const found = { experts, rows, cols };
    if (role === "gate_up" && rows % 2 !== 0) throw oddRows(rows, tensor);
    checkConfig(role, found, config, tensor);
    return found;
  });
  if (stack === null) return;
  addExperts(draft, piece, tensor, stack, fused, (expert, { firstRow, rowStep }) => ({
    encoding: tensor.dtype,
    bytes: elementRange(tensor, expert * rows * cols, rows * cols),
    ...expertStrides(firstRow, rowStep, transposed ? { rows } : { cols }),
    tapStride: 0,
  }));
}

/**
 * Where rows firstRow, firstRow + rowStep, ... of an expert's floats stand: in a matrix of so many columns, or turned, in
 * one of so many rows.
 */
export function expertStrides(
  firstRow: number,
  rowStep: number,
  stored: { cols: number } | { rows: number },
): { offset: number; rowStride: number; colStride: number } {
  if ("rows" in stored) return { offset: firstRow, rowStride: rowStep, colStride: stored.rows };
  return { offset: firstRow * stored.cols, rowStride: rowStep * stored.cols, colStride: 1 };
}

function addExperts(
  draft: PlanDraft,
  piece: Piece,
  tensor: Tensor,
  stack: { experts: number; rows: number; cols: number },
  fused: boolean,
  source: (expert: number, cut: Cut) => FloatSource | Mxfp4Source,
): void {
  const { layer, scope } = piece;
  const parts = cuts(piece.role as StackHalves["role"], stack.rows, fused);
  if (stack.experts === 0 || Math.min(parts[0]!.rows, stack.cols) < MIN_SIDE) {
    const { name, shape, dtype } = tensor;
    const reason = elementCount(shape) === 0 ? EMPTY : SHORT_SIDE;
    const parameters = stack.experts * stack.rows * stack.cols;
    draft.skip({ tensor: name, shape, dtype, reason, parameters });
    return;
  }
  for (let expert = 0; expert < stack.experts; expert++) {
    for (const { role, rows, part, ...cut } of parts) {
      const place = { section: SECTIONS.layers, layer: layer!, position: EXPERTS_POSITION, expert, part };
      draft.add(place, {
        name: `${scope}experts.${expert}.${role}`,
        tensor: tensor.name,
        role,
        layer,
        expert,
        rows,
        cols: stack.cols,
        taps: 1,
        source: source(expert, cut),
      });
    }
  }
}

/** Runs a check of one tensor; when it fails, the tensor gets an error row before the experts of its layer. */
function orBroken<T>(draft: PlanDraft, piece: Piece, tensor: string, check: () => T): T | null {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof SpectrapError)) throw error;
    const { role, layer, scope, part } = piece;
    const place = {
      section: SECTIONS.layers,
      layer: layer!,
      position: EXPERTS_POSITION,
      expert: -1,
      part: role === "down" ? 3 : 0,
    };
    draft.break(place, { name: `${scope}experts.${part}`, tensor, role, layer, error });
    return null;
  }
}
