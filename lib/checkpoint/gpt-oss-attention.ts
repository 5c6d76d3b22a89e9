import { SpectrapError } from "../solver/error.ts";
import type { Role } from "../solver/matrix.ts";
import type { ModelConfig } from "./config.ts";
import { type FloatTensor, rowsOf } from "./float-source.ts";
import type { Piece } from "./gpt-oss-names.ts";
import { type Place, type PlanDraft, SECTIONS } from "./plan-draft.ts";
import { MIN_SIDE } from "./skip-reason.ts";
import type { Tensor } from "./tensor.ts";

const POSITIONS: ReadonlyMap<Role, number> = new Map([
  ["qkv", 0],
  ["q", 0],
  ["k", 1],
  ["v", 2],
  ["o", 3],
  ["router", 4],
]);

function placeOf(role: Role, layer: number | null): Place {
  if (role === "embedding") return { section: SECTIONS.embedding };
  if (role === "head") return { section: SECTIONS.head };
  return { section: SECTIONS.layers, layer: layer!, position: POSITIONS.get(role)! };
}

/** A matrix stored as itself: attention, router, embedding, head. */
export function addWeight(draft: PlanDraft, piece: Piece, tensor: FloatTensor): void {
  addRows(draft, piece, piece.role, piece.part, tensor, 0, tensor.shape[0]!);
}

/**
 * The rows of q, then of k, then of v. Their numbers come from config.json, else from the output projection,
 * whose columns are the width of q; with neither the tensor stays one matrix.
 */
export function addQkv(
  draft: PlanDraft,
  piece: Piece,
  tensor: FloatTensor,
  output: Tensor | undefined,
  config: ModelConfig | null,
): void {
  const rows = tensor.shape[0]!;
  const promised = promisedWidths(config);
  if (promised !== null && promised.q + 2 * promised.kv !== rows) {
    const { role, layer, scope, part } = piece;
    const error = mismatch(tensor, promised.q + 2 * promised.kv);
    draft.break(placeOf(role, layer), { name: scope + part, tensor: tensor.name, role, layer, error });
    return;
  }
  const q = promised?.q ?? (output?.shape.length === 2 ? output.shape[1]! : rows);
  const kv = (rows - q) / 2;
  if (!Number.isInteger(kv) || kv < MIN_SIDE || q < MIN_SIDE) {
    addWeight(draft, piece, tensor);
    return;
  }
  addRows(draft, piece, "q", "q_proj", tensor, 0, q);
  addRows(draft, piece, "k", "k_proj", tensor, q, kv);
  addRows(draft, piece, "v", "v_proj", tensor, q + kv, kv);
}

function promisedWidths(config: ModelConfig | null): { q: number; kv: number } | null {
  const { heads, kvHeads, headDim } = config ?? {};
  if (heads === undefined || kvHeads === undefined || headDim === undefined) return null;
  return { q: heads * headDim, kv: kvHeads * headDim };
}

function mismatch(tensor: Tensor, promised: number): SpectrapError {
  const reason = `has ${tensor.shape[0]} rows where the heads of config.json need ${promised}`;
  return new SpectrapError("MX_CONFIG_MISMATCH", reason, {
    file: tensor.bytes.file.path,
    tensor: tensor.name,
    offset: tensor.bytes.begin,
    hint: "take config.json and weights from the same model",
  });
}

function addRows(
  draft: PlanDraft,
  piece: Piece,
  role: Role,
  part: string,
  tensor: FloatTensor,
  firstRow: number,
  rows: number,
): void {
  draft.add(placeOf(role, piece.layer), {
    name: piece.scope + part,
    tensor: tensor.name,
    role,
    layer: piece.layer,
    expert: null,
    rows,
    cols: tensor.shape[1]!,
    taps: 1,
    source: rowsOf(tensor, firstRow, rows),
  });
}
