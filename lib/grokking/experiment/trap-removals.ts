import type { Solver } from "../../solver/solver.ts";
import { type Intervention, interventions } from "../anatomy/interventions.ts";
import { type UnpermutedMode, unpermutedTraps } from "../anatomy/trap.ts";
import { networkMatrix } from "../matrix.ts";
import type { Edge } from "./edges.ts";

/** The traps of a matrix by WeightWatcher's rule, in its first shuffled copy, and the network without the largest of them. */
export interface TrapRemovals {
  /** Name of the matrix. */
  readonly name: string;
  /** The largest first; null if the copy's bulk cannot be fitted. */
  readonly traps: readonly UnpermutedMode[] | null;
  /** Removals and their controls; none without a trap. */
  readonly altered: readonly Intervention[];
}

/** Of every matrix that is tested for traps. */
export async function trapRemovals(
  { parameters, layers }: Edge,
  seed: number,
  solver: Pick<Solver, "solve" | "shuffled">,
): Promise<TrapRemovals[]> {
  const all: TrapRemovals[] = [];
  for (const { name } of layers) {
    const modes = await unpermutedTraps(solver, networkMatrix(parameters, name), { seed });
    const [largest] = modes.reason === null ? modes.traps : [];
    all.push({
      name,
      traps: modes.reason === null ? modes.traps : null,
      altered:
        modes.reason !== null || largest === undefined
          ? []
          : interventions(parameters, name, largest, modes, seed),
    });
  }
  return all;
}
