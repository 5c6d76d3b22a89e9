import type { CurvePoint, Phases } from "../phases.ts";
import type { Table, TableColumn } from "./table.ts";

/** A training and what its curve says; `end` is its last record. */
export interface PhasedRun {
  readonly label: string;
  readonly phases: Phases;
  readonly end: CurvePoint;
}

/** Steps at which the phases of runs begin, and the test accuracies there, a row per run. */
export function phaseTable(title: string, runs: readonly PhasedRun[]): Table {
  const steps = (header: string, point: (phases: Phases) => CurvePoint | null): TableColumn => ({
    kind: "number",
    header,
    cells: runs.map(({ phases }) => point(phases)?.step ?? null),
    format: (value) => value.toLocaleString("en-US"),
  });
  const accuracy = (header: string, point: (run: PhasedRun) => CurvePoint | null): TableColumn => ({
    kind: "number",
    header,
    cells: runs.map((run) => point(run)?.testAccuracy ?? null),
    format: (value) => value.toFixed(3),
  });
  return {
    title,
    columns: [
      { kind: "text", header: "run", cells: runs.map(({ label }) => label) },
      steps("memorised", ({ memorised }) => memorised),
      steps("grokking", ({ grokkingBegins }) => grokkingBegins),
      steps("peak", ({ peak }) => peak),
      accuracy("test at the peak", ({ phases }) => phases.peak),
      steps("test loss minimum", ({ testLossMinimum }) => testLossMinimum),
      steps("collapse", ({ collapseBegins }) => collapseBegins),
      accuracy("test at the end", ({ end }) => end),
      {
        kind: "number",
        header: "train at the end",
        cells: runs.map(({ end }) => end.trainAccuracy),
        format: (value) => value.toFixed(3),
      },
      {
        kind: "text",
        header: "anti-grokking",
        cells: runs.map(({ phases }) => (phases.antiGrokkingBegins === null ? "no" : "yes")),
      },
    ],
  };
}
