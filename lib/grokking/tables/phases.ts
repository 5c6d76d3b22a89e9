import type { CurvePoint, Phases } from "../phases.ts";
import { numberColumn, type Table } from "./table.ts";

/** A training and what its curve says; `end` is its last record. */
export interface PhasedRun {
  readonly label: string;
  readonly phases: Phases;
  readonly end: CurvePoint;
}

/** Steps at which the phases of runs begin, and the test accuracies there, a row per run. */
export function phaseTable(title: string, runs: readonly PhasedRun[]): Table {
  const steps = (header: string, point: (phases: Phases) => CurvePoint | null) =>
    numberColumn(
      header,
      runs.map(({ phases }) => point(phases)?.step ?? null),
      (value) => value.toLocaleString("en-US"),
    );
  const accuracies = (header: string, accuracy: (run: PhasedRun) => number | undefined) =>
    numberColumn(
      header,
      runs.map((run) => accuracy(run) ?? null),
      (value) => value.toFixed(3),
    );
  return {
    title,
    columns: [
      { kind: "text", header: "run", cells: runs.map(({ label }) => label) },
      steps("memorised", ({ memorised }) => memorised),
      steps("grokking", ({ grokkingBegins }) => grokkingBegins),
      steps("peak", ({ peak }) => peak),
      accuracies("test at the peak", ({ phases }) => phases.peak?.testAccuracy),
      steps("test loss minimum", ({ testLossMinimum }) => testLossMinimum),
      steps("collapse", ({ collapseBegins }) => collapseBegins),
      accuracies("test at the end", ({ end }) => end.testAccuracy),
      accuracies("train at the end", ({ end }) => end.trainAccuracy),
      {
        kind: "text",
        header: "anti-grokking",
        cells: runs.map(({ phases }) => (phases.antiGrokkingBegins === null ? "no" : "yes")),
      },
    ],
  };
}
