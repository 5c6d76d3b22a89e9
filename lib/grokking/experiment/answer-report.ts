import { outcomeOf } from "../anatomy/effect.ts";
import { normRule } from "../anatomy/probes.ts";
import type { Hidden } from "../hidden.ts";
import { predict } from "../predictions.ts";
import { classTable } from "../tables/classes.ts";
import { firingTable } from "../tables/firing.ts";
import { forgettingTable } from "../tables/forgetting.ts";
import { ruleTable } from "../tables/rule.ts";
import type { ModularAdditionExperiment } from "./experiment.ts";
import { firingAnatomy } from "./firing-anatomy.ts";
import { forgottenSincePeak } from "./forgotten.ts";
import { ruleAnatomy } from "./rule-anatomy.ts";
import type { TrainedNetwork } from "./trained-network.ts";
import { writeTable } from "./write-table.ts";

/**
 * Writes what the network has forgotten since its peak, and by what it answers: tables `forgetting`, and `classes` and `firing` of a
 * perceptron, `rule` of the transformer.
 */
export async function writeAnswers(trained: TrainedNetwork): Promise<void> {
  const { experiment, network } = trained;
  await writeForgetting(trained);
  if (experiment.network === "modadd") await writeRule(trained, experiment);
  else {
    await writeClasses(trained);
    if (network.hidden !== null) await writeFiring(trained, network.hidden);
  }
}

async function writeForgetting({ title, folder, trainer, test }: TrainedNetwork): Promise<void> {
  const { peak, end, ...forgotten } = await forgottenSincePeak(folder, trainer.forward, test);
  const since = `Forgotten from the best checkpoint, step ${peak}, to the last, step ${end}: ${title}`;
  await writeTable(folder, "forgetting", forgettingTable(since, forgotten));
}

async function writeRule(
  { title, folder, edges, trainer }: TrainedNetwork,
  experiment: ModularAdditionExperiment,
): Promise<void> {
  const rules = await Promise.all(edges.map((edge) => ruleAnatomy(experiment, trainer.forward, edge)));
  await writeTable(folder, "rule", ruleTable(`The rule of addition: ${title}`, rules));
}

async function writeClasses({
  experiment,
  title,
  folder,
  edges,
  trainer,
  test,
}: TrainedNetwork): Promise<void> {
  const { forward, classes } = trainer;
  const outcomes = [];
  for (const { phase: label, parameters } of edges) {
    const outcome = outcomeOf(test.labels, await predict(forward, parameters, test), classes);
    outcomes.push({ label, outcome });
  }
  const rule = await normRule(forward, edges.at(-1)!.parameters, test, experiment.seed);
  await writeTable(folder, "classes", classTable(`Classes of the test images: ${title}`, outcomes, rule));
}

async function writeFiring(
  { experiment, title, network, folder, edges, trainer }: TrainedNetwork,
  hidden: Hidden,
): Promise<void> {
  const rows = [];
  for (const edge of edges) {
    rows.push(...(await firingAnatomy(experiment.seed, network.task, trainer.forward, hidden, edge)));
  }
  await writeTable(folder, "firing", firingTable(`Neurons that fire: ${title}`, rows));
}
