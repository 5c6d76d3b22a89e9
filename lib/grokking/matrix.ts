import { type DescribedDense, describeDense } from "../solver/dense-matrix.ts";
import type { Parameter, Parameters } from "./parameters.ts";

/** A matrix of a network, in memory; its name keys its shuffles. */
export type NetworkMatrix = DescribedDense<Float64Array>;

/**
 * The descriptor of one matrix of a network.
 *
 * @throws RangeError if the network has no such parameter, it is no matrix, or its shape does not fit its values.
 */
export function networkMatrix(parameters: Parameters, name: string): NetworkMatrix {
  const { shape, values } = parameterOf(parameters, name);
  if (shape.length !== 2) throw new RangeError(`${name} of shape [${shape.join(", ")}] is no matrix`);
  return describeDense({ values, rows: shape[0]!, cols: shape[1]! }, name);
}

/**
 * The network with other values in one parameter; all else is shared.
 *
 * @throws RangeError if there is no such parameter, or the number of values differs.
 */
export function withValues(parameters: Parameters, name: string, values: Float64Array): Parameters {
  const { shape, values: before } = parameterOf(parameters, name);
  if (values.length !== before.length) {
    throw new RangeError(`${name} has ${before.length} values, received ${values.length}`);
  }
  return { ...parameters, [name]: { shape, values } };
}

function parameterOf(parameters: Parameters, name: string): Parameter {
  const parameter = parameters[name];
  if (parameter !== undefined) return parameter;
  throw new RangeError(`no parameter ${name} among ${Object.keys(parameters).join(", ")}`);
}
