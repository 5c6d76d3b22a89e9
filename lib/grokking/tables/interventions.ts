import type { InterventionEffect } from "../../report/figures/interventions.ts";
import { signed } from "../../report/figures/ticks.ts";
import { numberColumn, type Table } from "./table.ts";

/** Effects on test accuracy, in their order; `intervalLabel` says what low and high are. */
export function interventionTable(
  title: string,
  effects: readonly InterventionEffect[],
  intervalLabel: string,
): Table {
  const number = (header: string, cell: (effect: InterventionEffect) => number | null) =>
    numberColumn(header, effects.map(cell), (value) => signed(value));
  return {
    title: `${title} (low and high: ${intervalLabel})`,
    columns: [
      { kind: "text", header: "layer", cells: effects.map(({ group }) => group) },
      { kind: "text", header: "intervention", cells: effects.map(({ label }) => label) },
      { kind: "text", header: "control", cells: effects.map(({ control }) => (control ? "yes" : "no")) },
      number("change of accuracy", ({ effect }) => effect),
      number("low", ({ interval }) => interval?.[0] ?? null),
      number("high", ({ interval }) => interval?.[1] ?? null),
    ],
  };
}
