import { invalid } from "../analysis/options.ts";
import { permutation, shuffleKey } from "../spectrum/index.ts";

/** `"fixed"`: the first epoch's order for ever, as the paper's notebook does. `"reshuffled"`: a new order in each epoch. */
export type BatchOrder = "fixed" | "reshuffled";

/** What says which examples a step sees. */
export interface BatchPlan {
  /** Number of the training examples. */
  examples: number;
  /** Divides it, so that every epoch shows every example once. */
  batchSize: number;
  order: BatchOrder;
  seed: number;
}

/**
 * The examples of steps `first` to `first + steps − 1`, the first step ever being 0: their numbers, steps × batchSize. An epoch's
 * order is a permutation keyed by seed and epoch, so that any step is known without those before it.
 *
 * @throws SpectrapError `US_OPTION` if batchSize does not divide the number of examples.
 */
export function batches(
  { examples, batchSize, order, seed }: BatchPlan,
  first: number,
  steps: number,
): Uint32Array {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1 || examples % batchSize !== 0) {
    throw invalid("batchSize", batchSize, `a divisor of the number of training examples, ${examples}`);
  }
  const key = shuffleKey(seed, "grokking\0batches");
  const stepsPerEpoch = examples / batchSize;
  const all = new Uint32Array(steps * batchSize);
  let epoch = -1;
  let sigma: Uint32Array = new Uint32Array(0);
  for (let i = 0; i < steps; i++) {
    const wanted = order === "fixed" ? 0 : Math.floor((first + i) / stepsPerEpoch);
    if (wanted !== epoch) {
      epoch = wanted;
      // The counter has 32 bits for each: more epochs than 2^53 steps can have.
      sigma = permutation(key, examples, { replica: epoch % 2 ** 32, tap: Math.floor(epoch / 2 ** 32) });
    }
    const begin = ((first + i) % stepsPerEpoch) * batchSize;
    all.set(sigma.subarray(begin, begin + batchSize), i * batchSize);
  }
  return all;
}
