import type { WeightMatrix } from "../../solver/matrix.ts";
import type { Parameter, Parameters } from "../parameters.ts";

/** A matrix of a network, in memory; its name keys its shuffles. */
export type NetworkMatrix = WeightMatrix & { source: { encoding: "F64"; values: Float64Array } };

/**
 * The descriptor of one matrix of a network.
 *
 * @throws RangeError if the network has no such parameter, or it is no matrix.
 */
export function networkMatrix(parameters: Parameters, name: string): NetworkMatrix {
  const { shape, values } = parameterOf(parameters, name);
  const [rows, cols] = shape;
  if (shape.length !== 2 || rows! * cols! !== values.length) {
    throw new RangeError(`${name} of shape [${shape.join(", ")}] with ${values.length} values is no matrix`);
  }
  const place = { name, tensor: name, role: "dense", layer: null, expert: null, taps: 1 } as const;
  return { ...place, rows: rows!, cols: cols!, source: { encoding: "F64", values } };
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
