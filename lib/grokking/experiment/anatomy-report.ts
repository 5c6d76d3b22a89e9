import { interventionFigure } from "../../report/figures/interventions.ts";
import type { Solver } from "../../solver/solver.ts";
import { outcomeOf } from "../anatomy/effect.ts";
import { predict } from "../anatomy/predictions.ts";
import { normRule } from "../anatomy/probes.ts";
import { anatomyTable, type LayerAnatomy } from "../tables/anatomy.ts";
import { classEffectTable, classTable } from "../tables/classes.ts";
import { forgettingTable } from "../tables/forgetting.ts";
import { interventionTable } from "../tables/interventions.ts";
import { regrowthTable } from "../tables/regrowth.ts";
import { ruleTable } from "../tables/rule.ts";
import type { Trainer } from "../trainer/trainer.ts";
import { edgeConfusion } from "./confusion.ts";
import type { Edge } from "./edges.ts";
import type { Experiment } from "./experiment.ts";
import type { ExperimentFolder } from "./folder.ts";
import { forgottenSincePeak } from "./forgotten.ts";
import { INTERVAL_LABEL, interventionEffects } from "./intervention-effects.ts";
import { layerAnatomies, PROBES } from "./layer-anatomy.ts";
import { layerRegrowth } from "./layer-regrowth.ts";
import type { ExperimentNetwork } from "./network.ts";
import { ruleAnatomy } from "./rule-anatomy.ts";
import { experimentTitle } from "./title.ts";
import { type TrapRemovals, trapRemovals } from "./trap-removals.ts";
import { writeTable } from "./write-table.ts";

/**
 * Writes what traps are made of and what becomes of the network without them, and what it has memorised and forgotten: `anatomy`,
 * `forgetting`, `interventions`, `regrowth` and, of a perceptron, `classes` and `interventions-classes` among the tables, of the
 * transformer `rule`; confusion matrices and interventions among the figures; the effects of these as `interventions.json`.
 *
 * @param trainer with the weight decay of the last step; its state is lost.
 */
export async function writeAnatomy(
  experiment: Experiment,
  { task, plan }: Pick<ExperimentNetwork, "task" | "plan">,
  folder: ExperimentFolder,
  edges: readonly Edge[],
  trainer: Trainer,
  solver: Pick<Solver, "solve" | "shuffled">,
): Promise<void> {
  const title = experimentTitle(experiment);
  const { forward, classes } = trainer;
  // The sign "=" is an output of the transformer, though no label.
  const test = { ...task.test, classes };
  const anatomies: LayerAnatomy[] = [];
  let removals: TrapRemovals[] = [];
  for (const edge of edges) {
    removals = await trapRemovals(edge, experiment.seed, solver);
    anatomies.push(...(await layerAnatomies(experiment, task, forward, edge, removals)));
    if (experiment.network === "modadd") continue;
    const svg = await edgeConfusion(edge, removals, forward, test);
    await folder.write(`figures/confusion-${edge.phase}.svg`, svg);
  }
  const measured = `first shuffled copy, WeightWatcher's rule; J: nats, mean ± sd over ${PROBES} probes`;
  await writeTable(folder, "anatomy", anatomyTable(`Largest traps: ${title} (${measured})`, anatomies));

  const { peak, end, ...forgotten } = await forgottenSincePeak(folder, forward, test);
  const since = `Forgotten from the best checkpoint, step ${peak}, to the last, step ${end}: ${title}`;
  await writeTable(folder, "forgetting", forgettingTable(since, forgotten));

  const last = edges.at(-1)!;
  const effects = await interventionEffects(last.parameters, removals, forward, test);
  const heading = `Traps removed at the last checkpoint: ${title}`;
  if (effects.length > 0) {
    await folder.write("interventions.json", `${JSON.stringify(effects, null, 2)}\n`);
    await writeTable(folder, "interventions", interventionTable(heading, effects, INTERVAL_LABEL));
    const figure = { title: heading, effects, intervalLabel: INTERVAL_LABEL };
    await folder.write("figures/interventions.svg", await interventionFigure(figure));
    const state = (await folder.state())!;
    const regrown = await layerRegrowth(trainer, state, plan, removals, solver);
    await writeTable(folder, "regrowth", regrowthTable(`Trained on after a removal: ${title}`, regrown));
  }
  if (experiment.network === "modadd") {
    const rules = await Promise.all(edges.map((edge) => ruleAnatomy(experiment, forward, edge)));
    await writeTable(folder, "rule", ruleTable(`The rule of addition: ${title}`, rules));
    return;
  }
  const outcomes = [];
  for (const { phase: label, parameters } of edges) {
    const outcome = outcomeOf(test.labels, await predict(forward, parameters, test), classes);
    outcomes.push({ label, outcome });
  }
  const rule = await normRule(forward, last.parameters, test, experiment.seed);
  await writeTable(folder, "classes", classTable(`Classes of the test images: ${title}`, outcomes, rule));
  if (effects.length === 0) return;
  await writeTable(
    folder,
    "interventions-classes",
    classEffectTable(`${heading} (change of accuracy)`, effects),
  );
}
