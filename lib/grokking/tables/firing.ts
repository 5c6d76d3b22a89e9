import type { PhaseName } from "../../report/figures/phase-span.ts";
import { numberColumn, type Table } from "./table.ts";

/** Which neurons of a hidden layer fire at a step. */
export interface FiringAnatomy {
  readonly phase: PhaseName;
  readonly step: number;
  /** From 1. */
  readonly layer: number;
  readonly neurons: number;
  /** That fire on one training example at least. */
  readonly alive: number;
  /** Mean number that fires on an example. */
  readonly active: Readonly<Record<"train" | "test" | "noise", number>>;
  /** Share of the examples on which none fires. */
  readonly silent: Readonly<Record<"train" | "test" | "noise", number>>;
  /** On test examples; null without any. */
  readonly accuracy: Readonly<Record<"silent" | "others", number | null>>;
}

/** A row per phase and hidden layer. */
export function firingTable(title: string, rows: readonly FiringAnatomy[]): Table {
  const number = (header: string, digits: number, cell: (row: FiringAnatomy) => number | null) =>
    numberColumn(header, rows.map(cell), (value) => value.toFixed(digits));
  return {
    title,
    columns: [
      { kind: "text", header: "phase", cells: rows.map(({ phase }) => phase) },
      number("step", 0, ({ step }) => step),
      number("hidden layer", 0, ({ layer }) => layer),
      number("neurons", 0, ({ neurons }) => neurons),
      number("alive", 0, ({ alive }) => alive),
      number("active, train", 1, ({ active }) => active.train),
      number("active, test", 1, ({ active }) => active.test),
      number("active, noise", 1, ({ active }) => active.noise),
      number("silent, train", 3, ({ silent }) => silent.train),
      number("silent, test", 3, ({ silent }) => silent.test),
      number("silent, noise", 3, ({ silent }) => silent.noise),
      number("accuracy, silent", 3, ({ accuracy }) => accuracy.silent),
      number("accuracy, others", 3, ({ accuracy }) => accuracy.others),
    ],
  };
}
