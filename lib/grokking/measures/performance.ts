import type { Examples } from "../examples.ts";
import { accuracyOf, predictedClasses } from "../predictions.ts";
import { logSumExp } from "../softmax.ts";

/** How well logits name the labels. */
export interface Performance {
  /** Share of the examples whose largest logit is that of the label; among equals the first counts. */
  accuracy: number;
  /** Mean squared difference from one-hot labels, over examples and outputs. */
  meanSquaredError: number;
  /** Mean of −ln softmax(logits)[label], in nats. */
  crossEntropy: number;
}

/** @param logits row-major count × outputs, one output for each class at least. */
export function performance(logits: Float64Array, { count, labels }: Examples): Performance {
  const outputs = logits.length / count;
  let [squares, nats] = [0, 0];
  for (let example = 0; example < count; example++) {
    const row = logits.subarray(example * outputs, (example + 1) * outputs);
    const label = labels[example]!;
    for (let k = 0; k < outputs; k++) squares += (row[k]! - (k === label ? 1 : 0)) ** 2;
    nats += logSumExp(row) - row[label]!;
  }
  return {
    accuracy: accuracyOf(predictedClasses(logits, outputs), labels),
    meanSquaredError: squares / logits.length,
    crossEntropy: nats / count,
  };
}
