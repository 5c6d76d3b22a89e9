import { type Auc, auc } from "../auc.ts";
import { numberColumn, type Table } from "./table.ts";

/** Values of a measure, one per run, in runs that collapsed and in runs that did not. */
export interface Separation {
  readonly measure: string;
  readonly collapsed: readonly number[];
  readonly healthy: readonly number[];
}

/** How well each measure separates collapse from health, the best first, whichever way it points; equal ones keep their order. */
export function aucTable(title: string, separations: readonly Separation[]): Table {
  const rows = separations
    .map(({ measure, collapsed, healthy }) => ({ measure, ...auc(collapsed, healthy) }))
    .sort((a, b) => Math.abs(b.auc - 0.5) - Math.abs(a.auc - 0.5));
  const number = (header: string, key: keyof Auc, digits: number) =>
    numberColumn(
      header,
      rows.map((row) => row[key]),
      (value) => value.toFixed(digits),
    );
  return {
    title: `${title} (low and high: 95% interval)`,
    columns: [
      { kind: "text", header: "measure", cells: rows.map(({ measure }) => measure) },
      { kind: "text", header: "in collapse", cells: rows.map(({ auc }) => direction(auc)) },
      number("AUC", "auc", 3),
      number("low", "low", 3),
      number("high", "high", 3),
      number("collapsed", "positives", 0),
      number("healthy", "negatives", 0),
    ],
  };
}

function direction(auc: number): string {
  if (auc === 0.5) return "neither";
  return auc > 0.5 ? "larger" : "smaller";
}
