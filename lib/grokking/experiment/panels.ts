import type { TrainingPanel } from "../../report/figures/training.ts";
import type { MeasuredRun } from "../record.ts";
import { trainingPanels } from "../training-panels.ts";
import type { CurveRecord } from "./curve.ts";

/** Panels of the training figure: accuracy and loss from every record of the curves, the rest from the checkpoints. */
export function experimentPanels(
  results: readonly { curve: readonly CurveRecord[]; run: MeasuredRun }[],
): TrainingPanel[] {
  const lines = (key: keyof CurveRecord) =>
    results.map(({ curve }) => curve.map((record) => ({ step: record.step, value: record[key] })));
  const dense: Readonly<Record<string, TrainingPanel["curves"]>> = {
    accuracy: [
      { label: "train", lines: lines("trainAccuracy") },
      { label: "test", lines: lines("testAccuracy") },
    ],
    loss: [
      { label: "train", lines: lines("trainLoss") },
      { label: "test", lines: lines("testLoss") },
    ],
  };
  return trainingPanels(results.map(({ run }) => run)).map((panel) => ({
    ...panel,
    curves: dense[panel.label] ?? panel.curves,
  }));
}
