import type { Examples } from "./examples.ts";
import type { Forward, Parameters } from "./parameters.ts";

/** The predicted classes of examples. */
export async function predict(
  forward: Forward,
  parameters: Parameters,
  { inputs, count, classes }: Pick<Examples, "inputs" | "count" | "classes">,
): Promise<Uint32Array> {
  return predictedClasses(await forward(parameters, inputs, count), classes);
}

/**
 * The predicted class of every example: that of the largest logit, among equals the first.
 *
 * @param logits count × classes.
 * @throws RangeError if they are not whole rows.
 */
export function predictedClasses(logits: Float64Array, classes: number): Uint32Array {
  if (logits.length % classes !== 0) {
    throw new RangeError(`${logits.length} logits are no rows of ${classes} classes`);
  }
  return Uint32Array.from({ length: logits.length / classes }, (_, example) => {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (logits[example * classes + c]! > logits[example * classes + best]!) best = c;
    }
    return best;
  });
}

/** Share of the examples whose predicted class is their label. */
export function accuracyOf(predictions: Uint32Array, labels: Uint32Array): number {
  return predictions.filter((predicted, example) => predicted === labels[example]).length / labels.length;
}

/** How many examples each class gets. */
export function classHistogram(predictions: Uint32Array, classes: number): Uint32Array {
  const histogram = new Uint32Array(classes);
  for (const predicted of predictions) histogram[predicted]!++;
  return histogram;
}

/**
 * The margin of every example: the logit of its label less the largest other one; above 0 where it is right.
 *
 * @param logits count × classes.
 */
export function logitMargins(logits: Float64Array, labels: Uint32Array, classes: number): Float64Array {
  return Float64Array.from(labels, (label, example) => {
    const row = logits.subarray(example * classes, (example + 1) * classes);
    let other = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) if (c !== label) other = Math.max(other, row[c]!);
    return row[label]! - other;
  });
}
