import { flag, integer, invalid, oneOf } from "../../analysis/options.ts";
import type { FloatPrecision, LossName, NativeTraining } from "../../solver/native-trainer.ts";

/** Of any network. What the experiments differ in has no default. */
export interface TrainingOptions {
  /** Examples of a step. */
  batchSize: number;
  learningRate: number;
  /** Of every parameter, decoupled from the gradient: p ← p·(1 − learningRate·weightDecay). */
  weightDecay: number;
  /** Decay of AdamW's first moment, from 0 to below 1. Default 0.9. */
  beta1?: number;
  /** Of its second. Default 0.999. */
  beta2?: number;
  /** Default 1e-8. */
  epsilon?: number;
  /** Of parameters, activations, gradients and moments. Default `"float64"`. */
  precision?: FloatPrecision;
  loss?: LossName;
  /** Logits become this before the loss, and its gradient is rounded after it. Default: `precision`. */
  lossPrecision?: FloatPrecision;
  /** Subtract from the gradient of each example's logits its mean over the classes. Default false. */
  zeroSum?: boolean;
  /** Keys the first parameters; 0 to 2^53 − 1. Default 0. */
  seed?: number;
}

const PRECISIONS: readonly FloatPrecision[] = ["float32", "float64"];
const LOSSES: readonly LossName[] = ["mse", "cross-entropy", "stablemax"];
/** Sides of matrices and products of two of them stay far within what BLAS and memory can have. */
const LARGEST_SIDE = 2 ** 20;

/** Fills in defaults and checks every value. Throws SpectrapError `US_OPTION`. */
export function resolveTraining(
  options: TrainingOptions,
  examples: number,
  usualLoss: LossName,
): NativeTraining {
  const precision = oneOf("precision", options.precision ?? "float64", PRECISIONS);
  const lossPrecision = oneOf("lossPrecision", options.lossPrecision ?? precision, PRECISIONS);
  if (precision === "float64" && lossPrecision === "float32") {
    throw invalid("lossPrecision", lossPrecision, "none below the precision of the network, float64");
  }
  return {
    precision,
    lossPrecision,
    batchSize: integer("batchSize", options.batchSize, 1, examples),
    learningRate: positive("learningRate", options.learningRate),
    weightDecay: atLeastZero("weightDecay", options.weightDecay),
    beta1: decay("beta1", options.beta1 ?? 0.9),
    beta2: decay("beta2", options.beta2 ?? 0.999),
    epsilon: positive("epsilon", options.epsilon ?? 1e-8),
    loss: oneOf("loss", options.loss ?? usualLoss, LOSSES),
    zeroSum: flag("zeroSum", options.zeroSum),
  };
}

export function seedOf({ seed = 0 }: Pick<TrainingOptions, "seed">): number {
  return integer("seed", seed, 0, Number.MAX_SAFE_INTEGER);
}

/** A side of a matrix. */
export function side(name: string, value: number): number {
  return integer(name, value, 1, LARGEST_SIDE);
}

export function positive(name: string, value: number): number {
  if (!(value > 0 && Number.isFinite(value))) throw invalid(name, value, "a number above 0");
  return value;
}

function atLeastZero(name: string, value: number): number {
  if (!(value >= 0 && Number.isFinite(value))) throw invalid(name, value, "a number of at least 0");
  return value;
}

function decay(name: string, value: number): number {
  if (!(value >= 0 && value < 1)) throw invalid(name, value, "a number from 0 to below 1");
  return value;
}
