import type { Parameter, Parameters } from "../parameters.ts";

/** A matrix among the parameters of a network. */
export interface Weight {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array;
}

/** The matrices of a network, in the order of its parameters. */
export function weights(parameters: Parameters): Weight[] {
  return Object.entries(parameters).flatMap(([name, { shape, values }]: [string, Parameter]) =>
    shape.length === 2 ? [{ name, rows: shape[0]!, cols: shape[1]!, values }] : [],
  );
}
