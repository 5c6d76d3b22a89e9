/**
 * spectrap: spectral diagnostics of neural-network weights at checkpoint scale.
 *
 * {@link analyze} gives a {@link Row} for every weight matrix of a checkpoint, {@link distances} a {@link DistanceRow} for every pair of two. The steps it is made of can be used by
 * themselves: {@link openCheckpoint} and {@link weightMatrices} read headers, {@link eigenvalues} and {@link eigen} decompose a
 * matrix in memory on a native thread, and the functions of lib/spectrum are pure formulas on eigenvalues and moments. What is
 * exported here is the whole public face.
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
