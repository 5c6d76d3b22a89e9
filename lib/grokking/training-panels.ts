import type { TrainingCurve, TrainingPanel } from "../report/figures/training.ts";
import type { MeasuredCheckpoint, MeasuredLayer, MeasuredRun } from "./record.ts";

/** Accuracy, loss and every measure of the runs, ready for `trainingFigure`; it leaves out what was not measured. */
export function trainingPanels(runs: readonly MeasuredRun[]): TrainingPanel[] {
  const curve = (label: string, value: (checkpoint: MeasuredCheckpoint) => number | null): TrainingCurve => ({
    label,
    lines: runs.map(({ checkpoints }) =>
      checkpoints.map((checkpoint) => ({ step: checkpoint.step, value: value(checkpoint) })),
    ),
  });
  const layers = [
    ...new Set(
      runs.flatMap(({ checkpoints }) =>
        checkpoints.flatMap(({ layers }) => layers.map(({ layer }) => layer)),
      ),
    ),
  ];
  const perLayer = (key: Exclude<keyof MeasuredLayer, "layer">): TrainingCurve[] =>
    layers.map((layer) =>
      curve(
        layer,
        (checkpoint) => checkpoint.layers.find((candidate) => candidate.layer === layer)?.[key] ?? null,
      ),
    );
  return [
    {
      label: "accuracy",
      range: [0, 1.02],
      curves: [
        curve("train", ({ trainAccuracy }) => trainAccuracy),
        curve("test", ({ testAccuracy }) => testAccuracy),
      ],
    },
    {
      label: "loss",
      scale: "log",
      curves: [curve("train", ({ trainLoss }) => trainLoss), curve("test", ({ testLoss }) => testLoss)],
    },
    { label: "alpha", guides: [2], curves: perLayer("alpha") },
    { label: "traps, WeightWatcher's rule", curves: perLayer("trapsWeightWatcher") },
    { label: "traps, calibrated", curves: perLayer("trapsCalibrated") },
    { label: "traps, calibrated, after centring", curves: perLayer("trapsCentred") },
    { label: "KS distance of the shuffled spectrum from Marchenko–Pastur", curves: perLayer("ksDistance") },
    { label: "ℓ2 norm of the weights", curves: [curve("ℓ2", ({ norm }) => norm)] },
    { label: "activation sparsity", curves: [curve("sparsity", ({ sparsity }) => sparsity)] },
    { label: "absolute weight entropy", curves: [curve("entropy", ({ entropy }) => entropy)] },
    { label: "local circuit complexity", curves: [curve("complexity", ({ complexity }) => complexity)] },
  ];
}
