import { invalid } from "../../analysis/options.ts";
import type { ModularAdditionSizes } from "../../solver/native-trainer.ts";
import type { Examples } from "../examples.ts";
import type { Parameters } from "../parameters.ts";
import { normal } from "./draw.ts";
import { Layout, type Shapes } from "./layout.ts";
import { NetworkTrainer } from "./network-trainer.ts";
import { resolveTraining, seedOf, side, type TrainingOptions } from "./options.ts";

export interface ModularAdditionOptions extends TrainingOptions, ModularAdditionSizes {}

/**
 * Trains the one-block transformer of the paper on tokens [x, y, =], by default with cross-entropy over the p + 1 tokens at the
 * last position: no layer norm, learned positions, ReLU. Throws SpectrapError `US_OPTION`, `BLAS_NOT_FOUND`,
 * `TRAINING_EXAMPLES`.
 */
export class ModularAdditionTrainer extends NetworkTrainer {
  constructor(examples: Examples, options: ModularAdditionOptions) {
    const sizes: ModularAdditionSizes = {
      p: side("p", options.p),
      width: side("width", options.width),
      heads: side("heads", options.heads),
      mlp: side("mlp", options.mlp),
    };
    if (sizes.width % sizes.heads !== 0) {
      throw invalid("heads", sizes.heads, `a divisor of the width, ${sizes.width}`);
    }
    const training = resolveTraining(options, examples.count, "cross-entropy");
    const initial = initialModularAddition(sizes, seedOf(options));
    const layout = new Layout(modularAdditionShapes(sizes));
    super({ ...training, ...sizes }, layout, sizes.p + 1, examples, initial);
  }
}

function modularAdditionShapes({ p, width, mlp }: ModularAdditionSizes): Shapes {
  return [
    ["embed.weight", [p + 1, width]],
    ["position.weight", [3, width]],
    ["attention.q.weight", [width, width]],
    ["attention.k.weight", [width, width]],
    ["attention.v.weight", [width, width]],
    ["attention.o.weight", [width, width]],
    ["mlp.fc1.weight", [mlp, width]],
    ["mlp.fc1.bias", [mlp]],
    ["mlp.fc2.weight", [width, mlp]],
    ["mlp.fc2.bias", [width]],
    ["unembed.weight", [p + 1, width]],
  ];
}

/**
 * The paper gives no init. Ours is that of the code it seems to build on (Nanda et al., "Progress measures for grokking via
 * mechanistic interpretability", 2023, transformers.py of its repository): biases 0, matrices normal with the deviation 1/√d, the
 * second of the perceptron included although it reads more, and 1/√(p + 1) for the unembedding.
 */
export function initialModularAddition(sizes: ModularAdditionSizes, seed: number): Parameters {
  const deviation = (name: string) => {
    if (name.endsWith(".bias")) return 0;
    return 1 / Math.sqrt(name === "unembed.weight" ? sizes.p + 1 : sizes.width);
  };
  return Object.fromEntries(
    modularAdditionShapes(sizes).map(([name, shape]) => {
      const count = shape.reduce((product, length) => product * length, 1);
      return [name, { shape, values: normal(seed, name, count, deviation(name)) }];
    }),
  );
}
