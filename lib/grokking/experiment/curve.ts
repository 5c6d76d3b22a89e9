import { SpectrapError } from "../../solver/error.ts";
import type { Examples } from "../examples.ts";
import type { CurvePoint } from "../phases.ts";
import { logitMargins } from "../predictions.ts";
import type { Task } from "../tasks/task.ts";
import type { Evaluation, Trainer } from "../trainer/trainer.ts";

/** A record of the training curve; the last five are of the training examples, see `Evaluation`. */
export interface CurveRecord extends CurvePoint {
  trainLoss: number;
  /** Mean of the label's logit less the largest other one, over the test examples. */
  testMargin: number;
  trainMargin: number;
  classGradientSum: number;
  zeroGradientShare: number;
  largestLogit: number;
  classifierMean: number;
}

/** The record of this step. Rejects with SpectrapError `TRAINING_DIVERGED` once a loss is no number. */
export async function curveRecord(
  step: number,
  trainer: Trainer,
  { train, test }: Task,
): Promise<CurveRecord> {
  const onTrain = await trainer.evaluate(train);
  const onTest = await trainer.evaluate(test);
  if (!Number.isFinite(onTrain.loss) || !Number.isFinite(onTest.loss)) {
    throw new SpectrapError("TRAINING_DIVERGED", `at step ${step} the loss is no number any more`, {
      hint: "lower the learning rate",
    });
  }
  return {
    step,
    trainAccuracy: onTrain.accuracy,
    testAccuracy: onTest.accuracy,
    trainLoss: onTrain.loss,
    testLoss: onTest.loss,
    trainMargin: meanMargin(onTrain, train, trainer.classes),
    testMargin: meanMargin(onTest, test, trainer.classes),
    classGradientSum: onTrain.classGradientSum,
    zeroGradientShare: onTrain.zeroGradientShare,
    largestLogit: onTrain.largestLogit,
    classifierMean: onTrain.classifierMean,
  };
}

function meanMargin({ logits }: Evaluation, { labels, count }: Examples, classes: number): number {
  return logitMargins(logits, labels, classes).reduce((sum, margin) => sum + margin, 0) / count;
}
