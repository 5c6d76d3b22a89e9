/** Labelled examples: `inputs` is row-major count × width, of pixels or of token numbers. */
export interface Examples {
  readonly count: number;
  readonly width: number;
  readonly classes: number;
  readonly inputs: Float64Array;
  /** From 0 to classes − 1. */
  readonly labels: Uint32Array;
}
