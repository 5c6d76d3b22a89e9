import type { Examples } from "../../../lib/grokking/examples.ts";

export interface ReferenceOptions {
  widths: readonly number[];
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
}

/**
 * AdamW on a perceptron with ReLU and the mean squared error, in plain loops and float64, one example after the other. Changes
 * `parameters`: a weight (out × in) and a bias for each layer. The loss of each batch before its step.
 */
export function trainReference(
  parameters: Float64Array[],
  { inputs, labels }: Examples,
  batches: readonly (readonly number[])[],
  options: ReferenceOptions,
): number[] {
  const m = parameters.map((values) => new Float64Array(values.length));
  const v = parameters.map((values) => new Float64Array(values.length));
  return batches.map((batch, step) => {
    const gradients = parameters.map((values) => new Float64Array(values.length));
    let loss = 0;
    for (const example of batch) {
      const width = options.widths[0]!;
      const x = Array.from(inputs.subarray(example * width, (example + 1) * width));
      loss += addGradient(parameters, gradients, x, labels[example]!, batch.length, options.widths);
    }
    parameters.forEach((values, k) => {
      adamw(values, gradients[k]!, m[k]!, v[k]!, step + 1, options);
    });
    return loss;
  });
}

/** Adds the gradient of one example's share of the loss, which it returns. */
function addGradient(
  parameters: Float64Array[],
  gradients: Float64Array[],
  x: number[],
  label: number,
  batchSize: number,
  widths: readonly number[],
): number {
  const layers = widths.length - 1;
  const seen = [x];
  for (let l = 0; l < layers; l++) {
    const [weight, bias] = [parameters[2 * l]!, parameters[2 * l + 1]!];
    const from = seen[l]!;
    const to = Array.from(bias, (b, j) =>
      from.reduce((sum, a, i) => sum + weight[j * from.length + i]! * a, b),
    );
    seen.push(l < layers - 1 ? to.map((y) => Math.max(0, y)) : to);
  }
  const entries = batchSize * widths[layers]!;
  let loss = 0;
  let delta = seen[layers]!.map((z, c) => {
    const distance = z - (c === label ? 1 : 0);
    loss += distance ** 2 / entries;
    return (2 * distance) / entries;
  });
  for (let l = layers - 1; l >= 0; l--) {
    const weight = parameters[2 * l]!;
    const from = seen[l]!;
    delta.forEach((d, j) => {
      gradients[2 * l + 1]![j]! += d;
      from.forEach((a, i) => {
        gradients[2 * l]![j * from.length + i]! += d * a;
      });
    });
    const below = delta;
    delta = from.map((a, i) =>
      a > 0 ? below.reduce((sum, d, j) => sum + d * weight[j * from.length + i]!, 0) : 0,
    );
  }
  return loss;
}

function adamw(
  p: Float64Array,
  g: Float64Array,
  m: Float64Array,
  v: Float64Array,
  t: number,
  { learningRate, beta1, beta2, epsilon, weightDecay }: ReferenceOptions,
): void {
  for (let i = 0; i < p.length; i++) {
    p[i]! -= learningRate * weightDecay * p[i]!;
    m[i] = beta1 * m[i]! + (1 - beta1) * g[i]!;
    v[i] = beta2 * v[i]! + (1 - beta2) * g[i]! ** 2;
    const mHat = m[i]! / (1 - beta1 ** t);
    const vHat = v[i]! / (1 - beta2 ** t);
    p[i]! -= (learningRate * mHat) / (Math.sqrt(vHat) + epsilon);
  }
}
