/**
 * spectrap/grokking: what the study of grokking is made of, for studies of one's own. Experiments as a whole, their tables and their
 * figures are in spectrap.
 *
 * {@link syntheticDigits} and {@link modularAddition} make data, {@link MlpTrainer} and {@link ModularAdditionTrainer} train on them,
 * {@link measure} measures the network, {@link unpermutedTraps} finds its traps and {@link interventions} takes them out;
 * {@link readTensors} reads the checkpoints of a run.
 *
 * @module
 */
export { openSolver } from "../solver/open.ts";
export type { Solver } from "../solver/solver.ts";
export { type TrapAnatomy, type TrapKind, trapAnatomy } from "./anatomy/anatomy.ts";
export {
  type Effect,
  effectOf,
  type HarmRule,
  type Outcome,
  outcomeOf,
  type Verdict,
  verdictOf,
} from "./anatomy/effect.ts";
export { firing, type LayerFiring } from "./anatomy/firing.ts";
export { type Forgetting, type ForgettingInput, type Forgotten, forgetting } from "./anatomy/forgetting.ts";
export { leadingFrequencies, type TokenSpectrum, tokenSpectrum } from "./anatomy/fourier.ts";
export { type Intervention, interventions } from "./anatomy/interventions.ts";
export { keyGramMaxima } from "./anatomy/key-gram.ts";
export {
  type ErrorsExplained,
  errorsExplained,
  type NearestImage,
  nearestClasses,
  nearestImage,
  nearestImages,
} from "./anatomy/nearest-image.ts";
export {
  type Divergence,
  gaussianProbes,
  imageNoise,
  jensenShannon,
  type NormRule,
  normRule,
  type Probes,
  pixelShuffledProbes,
  probeDivergence,
  tokenProbes,
} from "./anatomy/probes.ts";
export { leadingRows, type Prototype, type PrototypeRow, prototypeImages } from "./anatomy/prototypes.ts";
export { type RegrowthEntry, regrowth } from "./anatomy/regrowth.ts";
export { REMOVAL_MODES, type RemovalMode, randomRankOne, removeTrap } from "./anatomy/removal.ts";
export { type RuleKernel, ruleKernel } from "./anatomy/rule-kernel.ts";
export {
  type TrapThreshold,
  type UnpermutedMode,
  type UnpermutedTraps,
  type UnpermuteOptions,
  unpermutedTraps,
} from "./anatomy/trap.ts";
export { type BatchOrder, type BatchPlan, batches } from "./batches.ts";
export type { Examples } from "./examples.ts";
export { readTensors, writeTensors } from "./experiment/tensor-file.ts";
export { forwardMlp, hiddenMlp } from "./forward-mlp.ts";
export type { Hidden } from "./hidden.ts";
export { type NetworkMatrix, networkMatrix, withValues } from "./matrix.ts";
export type { CountEnsemble } from "./measures/ensemble.ts";
export type { LayerMeasures } from "./measures/layer-measures.ts";
export { type MeasureOptions, type Measures, measure, type Network } from "./measures/measure.ts";
export { TrapMonitor } from "./monitor.ts";
export type { Forward, Parameter, Parameters } from "./parameters.ts";
export { type Phase, phaseAt, phases } from "./phases.ts";
export { classHistogram, logitMargins, predict, predictedClasses } from "./predictions.ts";
export { readIdxExamples } from "./tasks/idx-examples.ts";
export { modularAddition, modularAdditionTable } from "./tasks/modular-addition.ts";
export { stratifiedSubset } from "./tasks/subset.ts";
export { syntheticDigits } from "./tasks/synthetic-digits.ts";
export type { Task } from "./tasks/task.ts";
export { type MlpOptions, MlpTrainer } from "./trainer/mlp.ts";
export { type ModularAdditionOptions, ModularAdditionTrainer } from "./trainer/modular-addition.ts";
export type { TrainingOptions } from "./trainer/options.ts";
export type { Evaluation, Trainer, TrainerState } from "./trainer/trainer.ts";
