// Whether a collapsed perceptron answers better when its silent neurons are made to fire: the biases of the first layer, all raised by
// the same amount.
import { outcomeOf } from "../../dist/grokking/anatomy/effect.js";
import { firing } from "../../dist/grokking/anatomy/firing.js";
import { ExperimentFolder } from "../../dist/grokking/experiment/folder.js";
import { experimentNetwork } from "../../dist/grokking/experiment/network.js";
import { forwardMlp, hiddenMlp } from "../../dist/grokking/forward-mlp.js";
import { predict } from "../../dist/grokking/predictions.js";
import { markdownTable } from "../common.mjs";
import { spread } from "./tables.mjs";

const RAISES = [0, 0.25, 0.5, 1, 1.5, 2];

/** A row per raise: accuracies and silence over the seeds, at the last step. */
export async function wakingTable(experiment, folders) {
  const rows = RAISES.map(() => []);
  for (const [seed, folder] of folders.entries()) {
    const { task } = await experimentNetwork({ ...experiment, seed });
    const parameters = await new ExperimentFolder(folder).parameters(experiment.steps);
    for (const [k, raise] of RAISES.entries()) rows[k].push(await answers(task, raised(parameters, raise)));
  }
  return markdownTable(
    rows.map((row, k) => ({
      "biases raised by": RAISES[k],
      "test accuracy": spread(
        row.map(({ test }) => test),
        3,
      ),
      "train accuracy": spread(
        row.map(({ train }) => train),
        3,
      ),
      "silent test images": spread(
        row.map(({ silent }) => silent),
        3,
      ),
      "neurons active on a test image": spread(
        row.map(({ active }) => active),
        1,
      ),
    })),
  );
}

function raised(parameters, raise) {
  const { shape, values } = parameters["fc1.bias"];
  return { ...parameters, "fc1.bias": { shape, values: values.map((bias) => bias + raise) } };
}

async function answers({ train, test }, parameters) {
  const accuracy = async (examples) => {
    const predicted = await predict(forwardMlp, parameters, examples);
    return outcomeOf(examples.labels, predicted, examples.classes).accuracy;
  };
  const [{ silent, active }] = await firing(hiddenMlp, parameters, test);
  return {
    train: await accuracy(train),
    test: await accuracy(test),
    silent: silent.filter(Boolean).length / test.count,
    active,
  };
}
