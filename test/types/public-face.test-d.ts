import { expectTypeOf, test } from "vitest";
import {
  type Analysis,
  type AnalysisPlan,
  type AnalyzeOptions,
  analyze,
  type Checkpoint,
  type Diagnosis,
  type DistanceRow,
  diagnose,
  distances,
  type Eigen,
  eigen,
  eigenvalues,
  type Inspection,
  inspectCheckpoint,
  openCheckpoint,
  type Plan,
  type Precision,
  type Progress,
  type Row,
  type RunFolder,
  type RunRecord,
  recordRun,
  SpectrapError,
  type Summary,
  summarize,
  toRecord,
  trainingFigure,
  trainingPanels,
  trapMargins,
  type WeightMatrix,
  weightMatrices,
} from "../../lib/index.ts";

test("analyze is iterated for rows", () => {
  expectTypeOf(analyze).toBeCallableWith("folder");
  expectTypeOf(analyze).toBeCallableWith("folder", {
    layers: ["*.q_proj"],
    signal: new AbortController().signal,
  });
  expectTypeOf(analyze).returns.toExtend<AsyncIterable<Row>>();
  expectTypeOf<Analysis["plan"]>().returns.resolves.toEqualTypeOf<AnalysisPlan>();
  expectTypeOf<Analysis["record"]>().returns.toEqualTypeOf<RunRecord>();
  // @ts-expect-error a location is needed
  analyze();
  expectTypeOf<AnalyzeOptions["shuffle"]>().toEqualTypeOf<"always" | "auto" | "never" | undefined>();
  // @ts-expect-error there is no such option
  analyze("folder", { replicas: 3 });
});

test("a run is kept by iterating it through its folder", () => {
  expectTypeOf(recordRun).parameters.toEqualTypeOf<[Analysis, RunFolder]>();
  expectTypeOf(recordRun).returns.toExtend<AsyncIterable<Row>>();
});

test("options are all optional", () => {
  expectTypeOf<Record<never, never>>().toExtend<AnalyzeOptions>();
  expectTypeOf<AnalyzeOptions["precision"]>().toEqualTypeOf<Precision | undefined>();
  expectTypeOf<AnalyzeOptions["solver"]>().toEqualTypeOf<"native" | "lapack" | undefined>();
  expectTypeOf<NonNullable<AnalyzeOptions["onProgress"]>>().parameter(0).toEqualTypeOf<Progress>();
});

test("numbers of a row may be null, its identity may not", () => {
  expectTypeOf<Row["name"]>().toEqualTypeOf<string>();
  expectTypeOf<Row["layer"]>().toEqualTypeOf<number | null>();
  expectTypeOf<Row["alpha"]>().toEqualTypeOf<number | null>();
  expectTypeOf<Row["trapMargin"]>().toEqualTypeOf<number | null>();
  expectTypeOf<Row["alphaDropTop"]>().toEqualTypeOf<number | null | undefined>();
  expectTypeOf<Row["error"]>().toEqualTypeOf<{ code: string; message: string } | null>();
  expectTypeOf<Row["reasons"]>().toHaveProperty("alpha");
  expectTypeOf(toRecord).parameters.toEqualTypeOf<[Row]>();
  expectTypeOf(toRecord).returns.toEqualTypeOf<Record<string, unknown>>();
});

test("a checkpoint is opened, then planned", () => {
  expectTypeOf(openCheckpoint).parameter(0).toEqualTypeOf<string>();
  expectTypeOf(openCheckpoint).returns.resolves.toEqualTypeOf<Checkpoint>();
  expectTypeOf(weightMatrices).parameter(0).toEqualTypeOf<Checkpoint>();
  expectTypeOf(weightMatrices).returns.toEqualTypeOf<Plan>();
  expectTypeOf<Plan["matrices"]>().toEqualTypeOf<WeightMatrix[]>();
  expectTypeOf(inspectCheckpoint).returns.resolves.toEqualTypeOf<Inspection>();
});

test("two checkpoints are compared by iterating their distances", () => {
  expectTypeOf(distances).toBeCallableWith("a", "b");
  expectTypeOf(distances).toBeCallableWith("a", "b", { cka: true, layers: ["*.q_proj"] });
  expectTypeOf(distances).returns.toExtend<AsyncIterable<DistanceRow>>();
  expectTypeOf<DistanceRow["raw"]>().toEqualTypeOf<number | null>();
  expectTypeOf(analyze).toBeCallableWith("tuned", { base: "model" });
  // @ts-expect-error nothing is shuffled
  distances("a", "b", { seed: 1 });
});

test("eigenvalues of a matrix in memory", () => {
  expectTypeOf(eigenvalues).toBeCallableWith({ values: new Float32Array(6), rows: 2, cols: 3 });
  expectTypeOf(eigenvalues).toBeCallableWith(
    { values: new Float64Array(6), rows: 2, cols: 3 },
    { threads: 1, solver: "lapack", precision: "single" },
  );
  expectTypeOf(eigenvalues).returns.resolves.toEqualTypeOf<Float64Array>();
  // @ts-expect-error plain arrays would have to be copied
  eigenvalues({ values: [1, 2], rows: 1, cols: 2 });
});

test("eigenvectors of a matrix in memory", () => {
  const matrix = { values: new Float32Array(6), rows: 2, cols: 3 };
  expectTypeOf(eigen).toBeCallableWith(matrix);
  expectTypeOf(eigen).toBeCallableWith(matrix, { vectors: "all", precision: "single" });
  expectTypeOf(eigen).toBeCallableWith(matrix, { vectors: { top: 1 }, solver: "lapack" });
  expectTypeOf(eigen).returns.resolves.toEqualTypeOf<Eigen>();
  expectTypeOf<Eigen["vectors"]>().toEqualTypeOf<Float64Array | null>();
  // @ts-expect-error how many?
  eigen(matrix, { vectors: "top" });
});

test("rows are summarized, formulas are pure functions, errors are of one class", () => {
  expectTypeOf(summarize).toBeCallableWith([] as Row[]);
  expectTypeOf(summarize).returns.toEqualTypeOf<Summary>();
  expectTypeOf(trapMargins).returns.toHaveProperty("trapMargin");
  expectTypeOf(SpectrapError).instance.toExtend<Error>();
  expectTypeOf(SpectrapError).instance.toHaveProperty("code").toEqualTypeOf<string>();
});

test("diagnose tells a part or the trouble with it", () => {
  const { blas, kernels } = diagnose();
  if (kernels.trouble === null) expectTypeOf(kernels.available).toEqualTypeOf<string[]>();
  expectTypeOf(diagnose()).toEqualTypeOf<Diagnosis>();
  if (blas.trouble === null) expectTypeOf(blas.kernel).toEqualTypeOf<string>();
  else expectTypeOf(blas.trouble.hint).toEqualTypeOf<string | null>();
});

test("figures are SVG files as text, drawn from what was measured", () => {
  expectTypeOf(trainingFigure).returns.resolves.toBeString();
  expectTypeOf(trainingPanels).returns.toExtend<Parameters<typeof trainingFigure>[0]["panels"]>();
});
