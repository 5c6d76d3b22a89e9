import type { FloatPrecision, LossName } from "../../solver/native-trainer.ts";
import type { BatchOrder } from "../batches.ts";

/** What any experiment says of its training and of what is written down on the way. */
export interface ExperimentTraining {
  /** Keys first parameters, data, batches, masks and shuffles: another seed is another experiment in everything. */
  readonly seed: number;
  readonly steps: number;
  /** Records of the curve in a decade of steps, as `logSteps` spaces them. */
  readonly curvePerDecade: number;
  /** Checkpoints with all measures in a decade of steps. */
  readonly checkpointsPerDecade: number;
  /** Shuffled copies of each matrix at a checkpoint. */
  readonly shuffles: number;
  /** Divides the number of training examples; null: all of them. */
  readonly batchSize: number | null;
  readonly batchOrder: BatchOrder;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Weight decay ends at the first record of the curve with this test accuracy; null: it stays. */
  readonly decayUntil: number | null;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly precision: FloatPrecision;
  readonly loss: LossName;
  /** Null: that of the network. */
  readonly lossPrecision: FloatPrecision | null;
  readonly zeroSum: boolean;
}

/** Digits of which a network learns `trainPerClass` a class. */
export type DigitSource =
  | {
      readonly kind: "synthetic";
      readonly side: number;
      readonly testPerClass: number;
      readonly difficulty: number;
    }
  /** The four files of a set of images as MNIST is published, or the same packed by gzip; all test images are used. */
  | { readonly kind: "idx"; readonly folder: string };

/** The multilayer perceptron. */
export interface MlpExperiment extends ExperimentTraining {
  readonly network: "mlp";
  readonly hidden: readonly number[];
  readonly initScale: number;
  readonly digits: DigitSource;
  readonly trainPerClass: number;
}

/** The one-block transformer on addition modulo p. */
export interface ModularAdditionExperiment extends ExperimentTraining {
  readonly network: "modadd";
  readonly p: number;
  readonly width: number;
  readonly heads: number;
  readonly mlp: number;
  /** Share of the p² pairs that is trained on. */
  readonly trainFraction: number;
}

export type Experiment = MlpExperiment | ModularAdditionExperiment;
