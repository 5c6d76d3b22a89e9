/** One array of a network's parameters, row-major; a matrix is out × in, as PyTorch stores it. */
export interface Parameter {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** The parameters of a network by their names in its checkpoints, in the order of its layers. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** Logits of `count` examples, row-major count × classes, of the network that has these parameters. */
export type Forward = (parameters: Parameters, inputs: Float64Array, count: number) => Promise<Float64Array>;
