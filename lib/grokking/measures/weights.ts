import { type NetworkMatrix, networkMatrix } from "../matrix.ts";
import type { Parameters } from "../parameters.ts";

/** The matrices of a network, in the order of its parameters. */
export function weights(parameters: Parameters): NetworkMatrix[] {
  return Object.keys(parameters)
    .filter((name) => parameters[name]!.shape.length === 2)
    .map((name) => networkMatrix(parameters, name));
}
