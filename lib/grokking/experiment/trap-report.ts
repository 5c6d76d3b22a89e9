import { interventionFigure } from "../../report/figures/interventions.ts";
import { anatomyTable, type LayerAnatomy } from "../tables/anatomy.ts";
import { classEffectTable } from "../tables/classes.ts";
import { interventionTable } from "../tables/interventions.ts";
import { regrowthTable } from "../tables/regrowth.ts";
import { edgeConfusion } from "./confusion.ts";
import { INTERVAL_LABEL, interventionEffects } from "./intervention-effects.ts";
import { layerAnatomies, PROBES } from "./layer-anatomy.ts";
import { layerRegrowth } from "./layer-regrowth.ts";
import type { TrainedNetwork } from "./trained-network.ts";
import { type TrapRemovals, trapRemovals } from "./trap-removals.ts";
import { writeTable } from "./write-table.ts";

/**
 * Writes what the traps of each phase are made of, and what becomes of the last network without them: tables `anatomy`, `interventions`,
 * `regrowth` and, of a perceptron, `interventions-classes`; confusion matrices and interventions among the figures; the effects of these
 * as `interventions.json`.
 */
export async function writeTraps(trained: TrainedNetwork): Promise<void> {
  const { experiment, title, network, folder, edges, trainer, test, solver } = trained;
  const anatomies: LayerAnatomy[] = [];
  let removals: TrapRemovals[] = [];
  for (const edge of edges) {
    removals = await trapRemovals(edge, experiment.seed, solver);
    anatomies.push(...(await layerAnatomies(experiment, network.task, trainer.forward, edge, removals)));
    if (experiment.network === "modadd") continue;
    const svg = await edgeConfusion(edge, removals, trainer.forward, test);
    await folder.write(`figures/confusion-${edge.phase}.svg`, svg);
  }
  const measured = `first shuffled copy, WeightWatcher's rule; J: nats, mean ± sd over ${PROBES} probes`;
  await writeTable(folder, "anatomy", anatomyTable(`Largest traps: ${title} (${measured})`, anatomies));
  await writeRemovals(trained, removals);
}

/** @param removals of the last checkpoint. */
async function writeRemovals(trained: TrainedNetwork, removals: readonly TrapRemovals[]): Promise<void> {
  const { experiment, title, network, folder, edges, trainer, test, solver } = trained;
  const effects = await interventionEffects(edges.at(-1)!.parameters, removals, trainer.forward, test);
  if (effects.length === 0) return;
  const heading = `Traps removed at the last checkpoint: ${title}`;
  await folder.write("interventions.json", `${JSON.stringify(effects, null, 2)}\n`);
  await writeTable(folder, "interventions", interventionTable(heading, effects, INTERVAL_LABEL));
  const figure = { title: heading, effects, intervalLabel: INTERVAL_LABEL };
  await folder.write("figures/interventions.svg", await interventionFigure(figure));
  if (experiment.network === "mlp") {
    const classes = classEffectTable(`${heading} (change of accuracy)`, effects);
    await writeTable(folder, "interventions-classes", classes);
  }
  const state = (await folder.state())!;
  const regrown = await layerRegrowth(trainer, state, network.plan, removals, solver);
  await writeTable(folder, "regrowth", regrowthTable(`Trained on after a removal: ${title}`, regrown));
}
