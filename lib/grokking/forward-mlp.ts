import type { Hidden } from "./hidden.ts";
import type { Forward, Parameter, Parameters } from "./parameters.ts";

/**
 * Logits of a multilayer perceptron fc1, fc2, …: W x + b, with ReLU after every layer but the last. In plain loops, in float64.
 *
 * @throws by rejection: RangeError if layers do not fit each other or the inputs.
 */
export const forwardMlp: Forward = async (parameters, inputs, count) => {
  const outputs = layerOutputs(parameters, inputs, count);
  return outputs[outputs.length - 1]!;
};

/** Outputs of its ReLUs. Throws as {@link forwardMlp} does. */
export const hiddenMlp: Hidden = async (parameters, inputs, count) =>
  layerOutputs(parameters, inputs, count).slice(0, -1);

function layerOutputs(parameters: Parameters, inputs: Float64Array, count: number): Float64Array[] {
  const outputs: Float64Array[] = [];
  for (let layer = 1; parameters[`fc${layer}.weight`] !== undefined; layer++) {
    const weight = parameters[`fc${layer}.weight`]!;
    const bias = parameters[`fc${layer}.bias`];
    if (bias === undefined) throw new RangeError(`fc${layer} has no bias`);
    const last = parameters[`fc${layer + 1}.weight`] === undefined;
    outputs.push(affine(weight, bias, outputs[layer - 2] ?? inputs, count, `fc${layer}`));
    if (!last) rectify(outputs[layer - 1]!);
  }
  if (outputs.length === 0) throw new RangeError("there is no parameter fc1.weight");
  return outputs;
}

function affine(
  weight: Parameter,
  bias: Parameter,
  inputs: Float64Array,
  count: number,
  name: string,
): Float64Array {
  const [rows, cols] = weight.shape as [number, number];
  if (weight.shape.length !== 2 || inputs.length !== count * cols || bias.values.length !== rows) {
    throw new RangeError(
      `${name}: weight of ${weight.shape.join(" × ")}, ${bias.values.length} biases, ${inputs.length} inputs of ${count} examples`,
    );
  }
  const outputs = new Float64Array(count * rows);
  for (let example = 0; example < count; example++) {
    const input = inputs.subarray(example * cols, (example + 1) * cols);
    for (let row = 0; row < rows; row++) {
      const from = row * cols;
      let sum = bias.values[row]!;
      for (let col = 0; col < cols; col++) sum += weight.values[from + col]! * input[col]!;
      outputs[example * rows + row] = sum;
    }
  }
  return outputs;
}

function rectify(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) if (!(values[i]! > 0)) values[i] = 0;
}
