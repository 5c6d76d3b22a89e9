/** How numbers are kept and computed with. */
export type FloatPrecision = "float32" | "float64";

/**
 * How logits and class give the loss of an example; a batch has the mean. `"mse"`: mean over the outputs of (logit − one-hot)².
 * `"cross-entropy"`: −log of the softmax. `"stablemax"`: the same with s(x) = x + 1 for x ≥ 0, else 1/(1 − x), in place of the
 * exponential (arXiv 2501.04697).
 */
export type LossName = "mse" | "cross-entropy" | "stablemax";

/** Everything about training but the network; native/binding/trainer.cpp reads it. */
export interface NativeTraining {
  precision: FloatPrecision;
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  loss: LossName;
  lossPrecision: FloatPrecision;
  zeroSum: boolean;
  batchSize: number;
}

/** Sizes of the transformer of native/core/train_modular_addition.h. */
export interface ModularAdditionSizes {
  p: number;
  /** d_model. */
  width: number;
  heads: number;
  /** Hidden units of its perceptron. */
  mlp: number;
}

export type NativeTrainerOptions = NativeTraining & ({ widths: readonly number[] } | ModularAdditionSizes);

/** Parameters one behind the other, as the headers of native/core/train_*.h list them; m and v are AdamW's. */
export interface NativeTrainerState {
  /** Steps done. */
  step: number;
  parameters: Float64Array;
  m: Float64Array;
  v: Float64Array;
}

/** See Evaluation of lib/grokking/trainer/trainer.ts. */
export interface NativeEvaluation {
  logits: Float64Array;
  loss: number;
  classGradientSum: number;
  zeroGradientShare: number;
  largestLogit: number;
  classifierMean: number;
}

/**
 * A network, its examples and one native thread, which does what it is asked in that order. Its promises reject with an
 * Error that has `code`. Arrays of another size than the network's throw TypeError.
 */
export interface NativeTrainer {
  /** The loss of each batch before its step. */
  train(batches: Uint32Array): Promise<Float64Array>;
  gradients(batch: Uint32Array): Promise<{ loss: number; gradient: Float64Array }>;
  evaluate(inputs: Float64Array, labels: Uint32Array): Promise<NativeEvaluation>;
  forward(parameters: Float64Array, inputs: Float64Array, count: number): Promise<Float64Array>;
  state(): Promise<NativeTrainerState>;
  restore(state: NativeTrainerState): Promise<void>;
  cancel(): void;
  close(): void;
}

/** Throws an Error of code BLAS_NOT_FOUND, or TRAINING_EXAMPLES if the network cannot have these. */
export type NativeTrainerClass = new (
  options: NativeTrainerOptions,
  inputs: Float64Array,
  labels: Uint32Array,
  parameters: Float64Array,
) => NativeTrainer;
