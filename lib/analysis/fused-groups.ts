import { SpectrapError } from "../solver/error.ts";
import type { WeightMatrix } from "../solver/matrix.ts";

/** The matrices whose Gram matrices are computed together: that of `fused` is the sum of the others. */
export interface FusedGroup {
  gate: WeightMatrix;
  up: WeightMatrix;
  fused: WeightMatrix;
}

/**
 * Fused matrices whose halves are planned as well, out of the same tensor: matrices of the same roles and place that are
 * stored apart are no halves. Throws SpectrapError `FUSED_SHAPE` where the rows of the halves are not those of the whole.
 */
export function fusedGroups(matrices: readonly WeightMatrix[]): FusedGroup[] {
  const key = ({ tensor, layer, expert }: WeightMatrix, role: string) =>
    JSON.stringify([role, tensor, layer, expert]);
  const halves = new Map(matrices.map((matrix) => [key(matrix, matrix.role), matrix]));
  return matrices.flatMap((fused) => {
    if (fused.role !== "gate_up") return [];
    const gate = halves.get(key(fused, "gate"));
    const up = halves.get(key(fused, "up"));
    return gate === undefined || up === undefined ? [] : [checked({ gate, up, fused })];
  });
}

function checked(group: FusedGroup): FusedGroup {
  const { gate, up, fused } = group;
  if (gate.rows + up.rows === fused.rows && gate.cols === fused.cols && up.cols === fused.cols) return group;
  const shape = ({ rows, cols }: WeightMatrix) => `${rows} × ${cols}`;
  throw new SpectrapError(
    "FUSED_SHAPE",
    `is ${shape(fused)}, and its halves are ${shape(gate)} and ${shape(up)}`,
    { tensor: fused.name },
  );
}
