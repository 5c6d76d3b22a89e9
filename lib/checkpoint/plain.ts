import type { Role, WeightMatrix } from "../solver/matrix.ts";
import type { Layout } from "./checkpoint.ts";
import { type FloatTensor, rowsOf, tapsOf } from "./float-source.ts";
import { parameterCount } from "./parameters.ts";
import { type Place, type PlanDraft, SECTIONS } from "./plan-draft.ts";
import { nameParts } from "./roles.ts";
import type { Tensor } from "./tensor.ts";

/** After the parts a layout knows, in the same layer. */
const LAST_POSITION = 6;

/**
 * A tensor whose layout is not special: a matrix under its own name, or skipped for a reason. Without one it
 * is a float tensor of rank 2 or a convolution kernel.
 */
export function addPlain(draft: PlanDraft, tensor: Tensor, layout: Layout, reason: string | null): void {
  if (reason !== null) {
    const { name, shape, dtype } = tensor;
    draft.skip({ tensor: name, shape, dtype, reason, parameters: parameterCount(tensor, layout) });
    return;
  }
  const matrix = plainMatrix(tensor as FloatTensor);
  draft.add(placeOf(matrix.role, matrix.layer), matrix);
}

/**
 * Kernels are read as [out, in, kh, kw], whatever their sides: guessing the order of channels from which
 * side is longer, as WeightWatcher does, takes some kernels for their transposes.
 */
function plainMatrix(tensor: FloatTensor): WeightMatrix {
  const { name, shape } = tensor;
  const { role, layer, expert } = nameParts(name);
  const sides = { rows: shape[0]!, cols: shape[1]! };
  const place = { name, tensor: name, layer, expert, ...sides };
  if (shape.length === 4) {
    return { ...place, role: "conv", taps: shape[2]! * shape[3]!, source: tapsOf(tensor) };
  }
  return { ...place, role, taps: 1, source: rowsOf(tensor, 0, sides.rows) };
}

/** Where a matrix stands whose layout is not special. */
export function placeOf(role: Role, layer: number | null): Place {
  if (role === "embedding") return { section: SECTIONS.embedding };
  if (role === "head") return { section: SECTIONS.head };
  if (layer === null) return { section: SECTIONS.others };
  return { section: SECTIONS.layers, layer, position: LAST_POSITION };
}
