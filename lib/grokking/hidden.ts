import type { Parameters } from "./parameters.ts";

/** Outputs of the hidden layers of a network after their nonlinearity, first layer first: each row-major count × width. */
export type Hidden = (parameters: Parameters, inputs: Float64Array, count: number) => Promise<Float64Array[]>;
