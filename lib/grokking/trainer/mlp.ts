import { invalid } from "../../analysis/options.ts";
import type { Examples } from "../examples.ts";
import type { Parameters } from "../parameters.ts";
import { initKey, uniform } from "./draw.ts";
import { Layout, type Shapes } from "./layout.ts";
import { NetworkTrainer } from "./network-trainer.ts";
import { positive, resolveTraining, seedOf, side, type TrainingOptions } from "./options.ts";

export interface MlpOptions extends TrainingOptions {
  /** Widths of the hidden layers; those of input and output are the examples'. */
  hidden: readonly number[];
  /** Factor of every first parameter, biases included. Default 1. */
  initScale?: number;
}

/**
 * Trains the paper's multilayer perceptron: dense layers fc1, fc2, … with biases, ReLU between them, by default with the mean
 * squared error. Throws SpectrapError `US_OPTION`, `BLAS_NOT_FOUND`, `TRAINING_EXAMPLES`.
 */
export class MlpTrainer extends NetworkTrainer {
  constructor(examples: Examples, options: MlpOptions) {
    if (!Array.isArray(options.hidden)) throw invalid("hidden", options.hidden, "a list of widths");
    const hidden = options.hidden.map((width) => side("hidden", width));
    const widths = [examples.width, ...hidden, examples.classes];
    const training = resolveTraining(options, examples.count, "mse");
    const initial = initialMlp(widths, seedOf(options), positive("initScale", options.initScale ?? 1));
    super({ ...training, widths }, new Layout(mlpShapes(widths)), examples.classes, examples, initial);
  }
}

/** Names and shapes of the parameters of a perceptron of these widths. */
function mlpShapes(widths: readonly number[]): Shapes {
  return widths.slice(1).flatMap((out, i): Shapes => {
    const name = `fc${i + 1}`;
    return [
      [`${name}.weight`, [out, widths[i]!]],
      [`${name}.bias`, [out]],
    ];
  });
}

/**
 * PyTorch's default of Linear, weights and biases alike uniform between −1/√fan_in and 1/√fan_in, times `scale`: the init of
 * Omnigrok (Liu et al. 2023), on which the paper's notebook is built. Another seed gives other numbers, not PyTorch's.
 */
export function initialMlp(widths: readonly number[], seed: number, scale: number): Parameters {
  const shapes = mlpShapes(widths);
  return Object.fromEntries(
    shapes.map(([name, shape], i) => {
      const fanIn = widths[Math.floor(i / 2)]!;
      const count = shape.reduce((product, length) => product * length, 1);
      return [name, { shape, values: uniform(initKey(seed, name), count, scale / Math.sqrt(fanIn)) }];
    }),
  );
}
