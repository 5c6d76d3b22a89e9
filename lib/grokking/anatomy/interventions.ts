import { networkMatrix, withValues } from "../matrix.ts";
import type { Parameters } from "../parameters.ts";
import { REMOVAL_MODES, type RemovalMode, randomRankOne, removeTrap } from "./removal.ts";
import type { UnpermutedMode, UnpermutedTraps } from "./trap.ts";

/** A network with one of its matrices altered. */
export interface Intervention {
  /**
   * A removal of the trap, or a control: `bulk`, the largest mode that is no trap subtracted; `random_rank_one`, a random
   * matrix of rank 1 and the trap's norm subtracted.
   */
  kind: RemovalMode | "bulk" | "random_rank_one";
  parameters: Parameters;
}

/** All removals of one trap of a matrix, and their controls. */
export function interventions(
  parameters: Parameters,
  name: string,
  trap: UnpermutedMode,
  { bulk }: Pick<UnpermutedTraps, "bulk">,
  seed: number,
): Intervention[] {
  const { rows, cols, source } = networkMatrix(parameters, name);
  const altered = (kind: Intervention["kind"], part: Float64Array, mode: RemovalMode): Intervention => ({
    kind,
    parameters: withValues(parameters, name, removeTrap(source.values, part, mode, seed)),
  });
  const removals = REMOVAL_MODES.map((mode) => altered(mode, trap.values, mode));
  const random = randomRankOne(rows, cols, Math.sqrt(trap.eigenvalue), seed);
  return [
    ...removals,
    ...(bulk === null ? [] : [altered("bulk", bulk.values, "subtract")]),
    altered("random_rank_one", random, "subtract"),
  ];
}
