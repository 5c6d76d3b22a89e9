import { openSolver } from "../../solver/open.ts";
import type { Solver } from "../../solver/solver.ts";
import type { Hidden } from "../hidden.ts";
import type { Forward, Parameters } from "../parameters.ts";
import type { Task } from "../tasks/task.ts";
import { activationSparsity } from "./activation-sparsity.ts";
import { circuitComplexity } from "./circuit-complexity.ts";
import { l2Norm } from "./l2-norm.ts";
import { type LayerMeasures, layerMeasures, MIN_EVALS } from "./layer-measures.ts";
import { performance } from "./performance.ts";
import { NOTEBOOK_BATCH } from "./variant.ts";
import { networkWeightEntropy } from "./weight-entropy.ts";
import { weights } from "./weights.ts";

export interface Network {
  parameters: Parameters;
  forward: Forward;
  /** Without it there is no activation sparsity. */
  hidden?: Hidden;
}

export interface MeasureOptions {
  /** Keys shuffles and masks. Default 0. */
  seed?: number;
  /** Shuffled copies of each matrix. Default 10. */
  shuffles?: number;
  /** Level of the calibrated test over all matrices of the network. Default 0.01. */
  level?: number;
  /** Default: one of its own, of one thread. */
  solver?: Pick<Solver, "solve" | "shuffled">;
}

/** The measures of a network at one step of its training. A name that ends in Notebook is the notebook's variant of the one before. */
export interface Measures {
  trainAccuracy: number;
  testAccuracy: number;
  /** Mean squared errors from one-hot labels, over examples and outputs. */
  trainMeanSquaredError: number;
  testMeanSquaredError: number;
  /** In nats. */
  trainCrossEntropy: number;
  testCrossEntropy: number;
  l2Norm: number;
  l2NormNotebook: number;
  /** Of the training examples; null for a network whose hidden layers are not given. */
  activationSparsity: number | null;
  activationSparsityNotebook: number | null;
  weightEntropy: number;
  weightEntropyNotebook: number;
  /** Of the training examples, in nats: a sum in the paper's variant. */
  circuitComplexity: number;
  circuitComplexityNotebook: number;
  /** Of every matrix with 10 eigenvalues or more. */
  layers: LayerMeasures[];
}

/**
 * All measures of a network (docs of each function: what is counted, and where it comes from). Rejects as the forward pass and the
 * solver do: `NON_FINITE` for a network that has diverged.
 */
export async function measure(
  { parameters, forward, hidden }: Network,
  { train, test }: Task,
  { seed = 0, shuffles = 10, level = 0.01, solver: given }: MeasureOptions = {},
): Promise<Measures> {
  const onTrain = performance(await forward(parameters, train.inputs, train.count), train);
  const onTest = performance(await forward(parameters, test.inputs, test.count), test);
  const matrices = weights(parameters).filter(({ rows, cols }) => Math.min(rows, cols) >= MIN_EVALS);
  const own = given === undefined ? openSolver({ threads: 1 }) : null;
  try {
    const layers: LayerMeasures[] = [];
    for (const matrix of matrices) {
      const options = { shuffles, seed, level: level / matrices.length };
      layers.push(await layerMeasures(given ?? own!, matrix, options));
    }
    return {
      trainAccuracy: onTrain.accuracy,
      testAccuracy: onTest.accuracy,
      trainMeanSquaredError: onTrain.meanSquaredError,
      testMeanSquaredError: onTest.meanSquaredError,
      trainCrossEntropy: onTrain.crossEntropy,
      testCrossEntropy: onTest.crossEntropy,
      l2Norm: l2Norm(parameters),
      l2NormNotebook: l2Norm(parameters, "notebook"),
      ...(await sparsities(parameters, hidden, train)),
      weightEntropy: networkWeightEntropy(parameters),
      weightEntropyNotebook: networkWeightEntropy(parameters, "notebook"),
      circuitComplexity: await circuitComplexity(parameters, forward, train, { seed }),
      circuitComplexityNotebook: await circuitComplexity(parameters, forward, train, {
        seed,
        variant: "notebook",
      }),
      layers,
    };
  } finally {
    own?.close();
  }
}

async function sparsities(
  parameters: Parameters,
  hidden: Hidden | undefined,
  { inputs, count, width }: Task["train"],
): Promise<Pick<Measures, "activationSparsity" | "activationSparsityNotebook">> {
  if (hidden === undefined) return { activationSparsity: null, activationSparsityNotebook: null };
  const batch = Math.min(NOTEBOOK_BATCH, count);
  const all = await hidden(parameters, inputs, count);
  const first = await hidden(parameters, inputs.subarray(0, batch * width), batch);
  return {
    activationSparsity: activationSparsity(all),
    activationSparsityNotebook: activationSparsity(first, "notebook"),
  };
}
