import type { Solver } from "../../solver/solver.ts";
import { regrowth } from "../anatomy/regrowth.ts";
import { unpermutedTraps } from "../anatomy/trap.ts";
import { type BatchPlan, batches } from "../batches.ts";
import { networkMatrix } from "../matrix.ts";
import type { Parameters } from "../parameters.ts";
import type { LayerRegrowth } from "../tables/regrowth.ts";
import type { Trainer, TrainerState } from "../trainer/trainer.ts";
import { layerName } from "./layer-names.ts";
import type { TrapRemovals } from "./trap-removals.ts";

/** Steps after the removal at which traps are counted: few, as a step of a large network takes a tenth of a second. */
const SCHEDULE = [1, 10, 100];

/**
 * Whether the largest trap of each matrix comes back when it is subtracted from the network in this state and training goes on with
 * the batches that would have come.
 */
export async function layerRegrowth(
  trainer: Pick<Trainer, "train" | "restore" | "parameters">,
  state: TrainerState,
  plan: BatchPlan,
  removals: readonly TrapRemovals[],
  solver: Pick<Solver, "solve" | "shuffled">,
): Promise<LayerRegrowth[]> {
  const rows: LayerRegrowth[] = [];
  for (const { name, altered } of removals) {
    const removed = altered.find(({ kind }) => kind === "subtract")?.parameters;
    if (removed === undefined) continue;
    await trainer.restore({ ...state, parameters: removed });
    let { step } = state;
    const train = async (steps: number): Promise<Parameters> => {
      await trainer.train(batches(plan, step, steps));
      step += steps;
      return await trainer.parameters();
    };
    const count = async (parameters: Parameters): Promise<number | null> => {
      const found = await unpermutedTraps(solver, networkMatrix(parameters, name), { seed: plan.seed });
      return found.reason === null ? found.traps.length : null;
    };
    const log = await regrowth(state.parameters, removed, SCHEDULE, train, count);
    rows.push({ layer: layerName(name), log });
  }
  return rows;
}
