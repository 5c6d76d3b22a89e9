import type { PhaseSpan } from "../../report/figures/phase-span.ts";
import type { LayerMeasures } from "../measures/layer-measures.ts";
import { type Phases, phases } from "../phases.ts";
import type { MeasuredCheckpoint, MeasuredLayer, MeasuredRun } from "../record.ts";
import type { CurveRecord } from "./curve.ts";
import type { Experiment } from "./experiment.ts";
import type { MeasuredStep } from "./folder.ts";
import { layerName } from "./layer-names.ts";

/** What tables and figures are made of: the measures of every checkpoint, in the paper's variants, and the phases of the curve. */
export function measuredRun(
  { seed, loss }: Pick<Experiment, "seed" | "loss">,
  curve: readonly CurveRecord[],
  measured: readonly MeasuredStep[],
): MeasuredRun {
  const last = curve[curve.length - 1]?.step ?? 0;
  return {
    seed,
    checkpoints: measured.map((step) => measuredCheckpoint(step, loss)),
    phases: phaseSpans(phases(curve), last),
  };
}

/** The losses are mean squared errors for a network trained by those, else cross-entropies. */
export function measuredCheckpoint(
  { step, measures }: MeasuredStep,
  loss: Experiment["loss"],
): MeasuredCheckpoint {
  const squared = loss === "mse";
  return {
    step,
    trainAccuracy: measures.trainAccuracy,
    testAccuracy: measures.testAccuracy,
    trainLoss: squared ? measures.trainMeanSquaredError : measures.trainCrossEntropy,
    testLoss: squared ? measures.testMeanSquaredError : measures.testCrossEntropy,
    norm: measures.l2Norm,
    sparsity: measures.activationSparsity,
    entropy: measures.weightEntropy,
    complexity: measures.circuitComplexity,
    layers: measures.layers.map(measuredLayer),
  };
}

/** Origins are those of the first shuffled copy, counts the medians over all. */
function measuredLayer(layer: LayerMeasures): MeasuredLayer {
  return {
    layer: layerName(layer.name),
    alpha: layer.alphaClipXmax,
    D: layer.D,
    trapsWeightWatcher: layer.wwTraps?.median ?? null,
    trapsPooled: layer.wwTrapsPooled,
    trapsCalibrated: layer.calibratedTraps?.median ?? null,
    trapsCentred: layer.calibratedTrapsCentred?.median ?? null,
    trapsOfMean: layer.meanTrap === null ? null : Number(layer.meanTrap),
    trapsOfEntries: layer.entryTraps,
    trapsDiffuse: layer.diffuseTraps,
    sigma: layer.wwSigma,
    ksDistance: layer.ks,
    ksPValue: layer.ksP,
  };
}

/** A phase ends a step before the next begins; one that was not reached is missing. */
export function phaseSpans({ grokkingBegins, antiGrokkingBegins }: Phases, last: number): PhaseSpan[] {
  const grokking = grokkingBegins?.step ?? last + 1;
  const anti = antiGrokkingBegins?.step ?? last + 1;
  const spans: PhaseSpan[] = [
    { phase: "pre-grokking", from: 0, to: grokking - 1 },
    { phase: "grokking", from: grokking, to: anti - 1 },
    { phase: "anti-grokking", from: anti, to: last },
  ];
  return spans.filter(({ from, to }) => from <= to);
}
