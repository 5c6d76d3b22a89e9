import type { Examples } from "../examples.ts";
import type { Forward, Parameters } from "../parameters.ts";

/** All that a run is: from the same state the same batches give the same bits. Numbers of float32 are exact in it. */
export interface TrainerState {
  /** Steps done. */
  readonly step: number;
  readonly parameters: Parameters;
  /** First and second moments of the gradients: AdamW's. */
  readonly m: Parameters;
  readonly v: Parameters;
}

/** What a network makes of a set of examples, and what rounding has left of the gradient it would have there. */
export interface Evaluation {
  /** Row-major count × classes of the trainer. */
  readonly logits: Float64Array;
  /** Mean over the examples, with the loss the network is trained by. */
  readonly loss: number;
  /** Share of the examples whose largest logit, the first of equals, is that of their label. */
  readonly accuracy: number;
  /** Mean over the examples of |Σ over classes of ∂(own loss)/∂logit|. Exact arithmetic has 0 for cross-entropy. */
  readonly classGradientSum: number;
  /** Share of the entries of ∂loss/∂logits that are exactly 0. */
  readonly zeroGradientShare: number;
  /** The largest |logit|. */
  readonly largestLogit: number;
  /** Mean of the entries of the last weight matrix. */
  readonly classifierMean: number;
}

/**
 * A network that is trained on a native thread of its own, which does what it is asked in that order. The event loop is never
 * blocked. Promises reject with SpectrapError `ERR_CANCELLED` after cancel() and `ERR_CLOSED` after close(); arrays that do not
 * fit the network throw RangeError or TypeError.
 */
export interface Trainer {
  /** Logits of an example. */
  readonly classes: number;

  /**
   * Steps of AdamW, each on `batchSize` examples: their numbers, steps × batchSize. The loss of each batch before its step.
   * However many steps are asked for at a time, the result is the same to the bit.
   */
  train(batches: Uint32Array): Promise<Float64Array>;

  /** Loss and gradient of one batch at the present parameters; changes nothing. */
  gradients(batch: Uint32Array): Promise<{ loss: number; gradients: Parameters }>;

  evaluate(examples: Pick<Examples, "inputs" | "labels">): Promise<Evaluation>;

  /** Logits, in the trainer's precision, of its network with any parameters. A function by itself: it needs no `this`. */
  readonly forward: Forward;

  parameters(): Promise<Parameters>;
  state(): Promise<TrainerState>;

  /** Goes on from this state, whoever made it. */
  restore(state: TrainerState): Promise<void>;

  /** Training that is under way or waits ends after its present step; the state is that of the steps done. */
  cancel(): void;

  /** Ends the thread. Throws while something is outstanding. */
  close(): void;
}
