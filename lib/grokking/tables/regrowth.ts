import type { RegrowthEntry } from "../anatomy/regrowth.ts";
import type { Table } from "./table.ts";

/** A matrix whose largest trap was taken out, and its traps as training went on. */
export interface LayerRegrowth {
  readonly layer: string;
  readonly log: readonly RegrowthEntry[];
}

/** A row per matrix, a column per count: all logs have the same steps. */
export function regrowthTable(title: string, rows: readonly LayerRegrowth[]): Table {
  const steps = rows[0]?.log.map(({ step }) => step) ?? [];
  const header = (step: number | null): string =>
    step === null ? "traps before" : step === 0 ? "removed" : `step ${step}`;
  return {
    title,
    columns: [
      { kind: "text", header: "layer", cells: rows.map(({ layer }) => layer) },
      ...steps.map((step, i) => ({
        kind: "number" as const,
        header: header(step),
        cells: rows.map(({ log }) => log[i]!.traps),
        format: String,
      })),
    ],
  };
}
