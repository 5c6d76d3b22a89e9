/**
 * spectrap: spectral diagnostics of neural-network weights at checkpoint scale.
 *
 * {@link analyze} gives a {@link Row} for every weight matrix of a checkpoint, {@link distances} a {@link DistanceRow} for every pair of two. The steps it is made of can be used by
 * themselves: {@link openCheckpoint} and {@link weightMatrices} read headers, {@link eigenvalues} and {@link eigen} decompose a
 * matrix in memory on a native thread, and the functions of lib/spectrum are pure formulas on eigenvalues and moments. What is
 * exported here is the whole public face, but for `spectrap/grokking`: the parts of its study of grokking.
 *
 * @module
 */
export { Analysis, analyze } from "./analysis/analyze.ts";
export { type Column, type ColumnType, columns, fromRecord, toRecord } from "./analysis/columns.ts";
export { CONDITIONS, type Condition, rowsThatMeet } from "./analysis/conditions.ts";
export type { DistanceRow } from "./analysis/distance-row.ts";
export { type DistanceOptions, type DistancePlan, Distances, distances } from "./analysis/distances.ts";
export {
  type EditedCheckpoint,
  type EditedMatrix,
  type EditOptions,
  editCheckpoint,
} from "./analysis/edit-checkpoint.ts";
export { type EditedRows, type EditRun, type EditRunOptions, editRun } from "./analysis/edit-run.ts";
export type { Manifest } from "./analysis/manifest.ts";
export type { AnalyzeOptions, ResolvedOptions } from "./analysis/options.ts";
export type { AnalysisPlan } from "./analysis/plan.ts";
export type { Progress } from "./analysis/progress.ts";
export type { RunRecord } from "./analysis/record.ts";
export { type RemoveTrapsOptions, removeTraps } from "./analysis/remove-traps.ts";
export type { Operation, Row, RowError } from "./analysis/row.ts";
export { RunFolder, type RunFolderOptions } from "./analysis/run-folder.ts";
export type { Confirmation } from "./analysis/screen/confirm.ts";
export type { LedgerEntry } from "./analysis/screen/ledger.ts";
export type { ScreenedTrap, ScreenRow } from "./analysis/screen/row.ts";
export { type Screening, type ScreenOptions, screen } from "./analysis/screen/screening.ts";
export { type SketchRecord, unpackSketches } from "./analysis/sketch-record.ts";
export { type Mean, type Summary, summarize } from "./analysis/summary.ts";
export type { CoordinateCheck } from "./analysis/super-weights.ts";
export type { AdapterConfig } from "./checkpoint/adapter-config.ts";
export type { Checkpoint, CheckpointFile, Layout, OpenOptions, Warning } from "./checkpoint/checkpoint.ts";
export { type Inspection, type InspectOptions, inspectCheckpoint } from "./checkpoint/inspect.ts";
export { weightMatrices } from "./checkpoint/matrices.ts";
export { openCheckpoint } from "./checkpoint/open.ts";
export type { Broken, Plan, PlanOptions, Skipped } from "./checkpoint/plan.ts";
export type { RewriteProgress } from "./checkpoint/rewrite/rewrite.ts";
export type { Tensor } from "./checkpoint/tensor.ts";
export { type Auc, auc } from "./grokking/auc.ts";
export { type Estimate, estimateOf } from "./grokking/estimate.ts";
export type { CurveRecord } from "./grokking/experiment/curve.ts";
export type {
  DigitSource,
  Experiment,
  ExperimentTraining,
  MlpExperiment,
  ModularAdditionExperiment,
} from "./grokking/experiment/experiment.ts";
export {
  type MlpPreset,
  type ModularAdditionPreset,
  mlpExperiment,
  modularAdditionExperiment,
} from "./grokking/experiment/presets.ts";
export type { ExperimentProgress } from "./grokking/experiment/progress.ts";
export {
  type ExperimentResult,
  type ExperimentRunOptions,
  runExperiment,
} from "./grokking/experiment/run.ts";
export { runSeeds } from "./grokking/experiment/seeds.ts";
export type { TrapWarning } from "./grokking/monitor.ts";
export type { PaperExperiment, PaperQuantity, PaperRow } from "./grokking/paper/experiment.ts";
export { paperMlp, paperMlpControl, paperMlpScale4 } from "./grokking/paper/mlp.ts";
export { paperModularAddition } from "./grokking/paper/modular-addition.ts";
export type { Phases } from "./grokking/phases.ts";
export type { MeasuredCheckpoint, MeasuredLayer, MeasuredRun } from "./grokking/record.ts";
export { aucTable, type Separation } from "./grokking/tables/aucs.ts";
export { comparisonTable } from "./grokking/tables/comparison.ts";
export { interventionTable } from "./grokking/tables/interventions.ts";
export { type Table, type TableColumn, toCsv, toMarkdown, toText } from "./grokking/tables/table.ts";
export { trainingPanels } from "./grokking/training-panels.ts";
export { type ConfusionFigure, type ConfusionMatrix, confusionFigure } from "./report/figures/confusion.ts";
export { type EsdFigure, esdFigure } from "./report/figures/esd.ts";
export { type FourierFigure, type FourierSpectrum, fourierFigure } from "./report/figures/fourier.ts";
export {
  type InterventionEffect,
  type InterventionFigure,
  interventionFigure,
} from "./report/figures/interventions.ts";
export type { CurvePoint } from "./report/figures/median-line.ts";
export type { PhaseName, PhaseSpan } from "./report/figures/phase-span.ts";
export {
  type Prototype,
  type PrototypeFigure,
  prototypeFigure,
  type TrainingImage,
} from "./report/figures/prototypes.ts";
export {
  type TrainingCurve,
  type TrainingFigure,
  type TrainingPanel,
  trainingFigure,
} from "./report/figures/training.ts";
export { type WeightDistributions, type WeightFigure, weightFigure } from "./report/figures/weights.ts";
export { recordRun } from "./report/record-run.ts";
export type { DenseMatrix } from "./solver/dense-matrix.ts";
export { type Diagnosis, diagnose } from "./solver/doctor.ts";
export type { Edit, EditReport, MatrixEdits } from "./solver/edit.ts";
export { type Eigen, type EigenOptions, eigen, type Vectors } from "./solver/eigen.ts";
export { eigenvalues } from "./solver/eigenvalues.ts";
export { SpectrapError } from "./solver/error.ts";
export type { Role, SourceFile, WeightMatrix } from "./solver/matrix.ts";
export type { BlasInfo, Kernels, Precision, SolverName, SolverOptions } from "./solver/solver.ts";
export * from "./spectrum/index.ts";
