import type { InterventionEffect } from "../../report/figures/interventions.ts";
import type { Solver } from "../../solver/solver.ts";
import { effectOf } from "../anatomy/effect.ts";
import { type Intervention, interventions } from "../anatomy/interventions.ts";
import { networkMatrix } from "../anatomy/matrix.ts";
import { predict } from "../anatomy/predictions.ts";
import { unpermutedTraps } from "../anatomy/trap.ts";
import type { Experiment } from "./experiment.ts";
import type { ExperimentFolder } from "./folder.ts";
import { layerName } from "./layer-names.ts";
import type { ExperimentNetwork } from "./network.ts";

export const INTERVAL_LABEL = "95% of the paired change on the test examples";

const LABELS: Readonly<Record<Intervention["kind"], string>> = {
  subtract: "subtract the trap",
  replace: "replace it, mean kept",
  replace_centred: "replace it, no mean",
  centre: "subtract the mean",
  bulk: "subtract a bulk mode",
  random_rank_one: "subtract a random mode",
};
const CONTROLS: ReadonlySet<Intervention["kind"]> = new Set<Intervention["kind"]>([
  "bulk",
  "random_rank_one",
]);

/**
 * What the removal of the largest trap of each matrix, by WeightWatcher's rule, does to the test accuracy at the last checkpoint,
 * beside its controls; nothing of a matrix without traps.
 */
export async function interventionEffects(
  { seed, weightDecay }: Experiment,
  { task, open }: ExperimentNetwork,
  folder: ExperimentFolder,
  solver: Pick<Solver, "solve" | "shuffled">,
): Promise<InterventionEffect[]> {
  const last = folder.measured.at(-1)!;
  const parameters = await folder.parameters(last.step);
  const trainer = open(weightDecay);
  try {
    const { forward, classes } = trainer;
    const examples = { ...task.test, classes };
    const before = await predict(forward, parameters, examples);
    const effects: InterventionEffect[] = [];
    for (const { name } of last.measures.layers) {
      const modes = await unpermutedTraps(solver, networkMatrix(parameters, name), { seed });
      if (modes.reason !== null || modes.traps.length === 0) continue;
      for (const altered of interventions(parameters, name, modes.traps[0]!, modes, seed)) {
        const after = await predict(forward, altered.parameters, examples);
        const { change, pairedError } = effectOf(task.test.labels, before, after, classes);
        effects.push({
          group: layerName(name),
          label: LABELS[altered.kind],
          effect: change,
          interval: [change - 1.96 * pairedError, change + 1.96 * pairedError],
          control: CONTROLS.has(altered.kind),
        });
      }
    }
    return effects;
  } finally {
    trainer.close();
  }
}
