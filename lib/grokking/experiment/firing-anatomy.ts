import { firing } from "../anatomy/firing.ts";
import { imageNoise } from "../anatomy/probes.ts";
import type { Examples } from "../examples.ts";
import type { Hidden } from "../hidden.ts";
import type { Forward } from "../parameters.ts";
import { predict } from "../predictions.ts";
import type { FiringAnatomy } from "../tables/firing.ts";
import type { Task } from "../tasks/task.ts";
import type { Edge } from "./edges.ts";
import { PROBES } from "./layer-anatomy.ts";

/** Which neurons of each hidden layer fire at the last checkpoint of a phase, and how well silent examples are answered. */
export async function firingAnatomy(
  seed: number,
  { train, test }: Task,
  forward: Forward,
  hidden: Hidden,
  { phase, step, parameters }: Edge,
): Promise<FiringAnatomy[]> {
  const on = (examples: Pick<Examples, "inputs" | "count">) => firing(hidden, parameters, examples);
  const [onTrain, onTest, onNoise] = [
    await on(train),
    await on(test),
    await on(imageNoise(train, PROBES, seed)),
  ];
  const predicted = await predict(forward, parameters, test);
  const accuracy = (counts: (example: number) => boolean): number | null => {
    const examples = [...test.labels.keys()].filter(counts);
    if (examples.length === 0) return null;
    return examples.filter((i) => predicted[i] === test.labels[i]).length / examples.length;
  };
  return onTrain.map(({ alive, neurons, active, silent }, layer) => {
    const { active: activeOnTest, silent: silentTest } = onTest[layer]!;
    return {
      phase,
      step,
      layer: layer + 1,
      neurons,
      alive,
      active: { train: active, test: activeOnTest, noise: onNoise[layer]!.active },
      silent: { train: share(silent), test: share(silentTest), noise: share(onNoise[layer]!.silent) },
      accuracy: { silent: accuracy((i) => silentTest[i]!), others: accuracy((i) => !silentTest[i]!) },
    };
  });
}

function share(truths: readonly boolean[]): number {
  return truths.filter(Boolean).length / truths.length;
}
