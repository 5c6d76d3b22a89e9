import type { InterventionEffect } from "../../report/figures/interventions.ts";
import { effectOf } from "../anatomy/effect.ts";
import type { Intervention } from "../anatomy/interventions.ts";
import type { Examples } from "../examples.ts";
import type { Forward, Parameters } from "../parameters.ts";
import { predict } from "../predictions.ts";
import { layerName } from "./layer-names.ts";
import type { TrapRemovals } from "./trap-removals.ts";

export const INTERVAL_LABEL = "95% of the paired change on the test examples";

export const INTERVENTION_LABELS: Readonly<Record<Intervention["kind"], string>> = {
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

/** With the change of the accuracy of each class; null of one without examples. */
export type ClassEffect = InterventionEffect & { readonly perClass: readonly (number | null)[] };

/**
 * What the removal of the largest trap of each matrix does to the accuracy on these examples, beside its controls; nothing of a
 * matrix without traps.
 */
export async function interventionEffects(
  parameters: Parameters,
  removals: readonly TrapRemovals[],
  forward: Forward,
  examples: Examples,
): Promise<ClassEffect[]> {
  const { labels, classes } = examples;
  const before = await predict(forward, parameters, examples);
  const effects: ClassEffect[] = [];
  for (const { name, altered } of removals) {
    for (const intervention of altered) {
      const after = await predict(forward, intervention.parameters, examples);
      const { change, pairedError, perClassChange } = effectOf(labels, before, after, classes);
      effects.push({
        group: layerName(name),
        label: INTERVENTION_LABELS[intervention.kind],
        effect: change,
        interval: [change - 1.96 * pairedError, change + 1.96 * pairedError],
        control: CONTROLS.has(intervention.kind),
        perClass: perClassChange,
      });
    }
  }
  return effects;
}
