import type { InterventionEffect } from "../../report/figures/interventions.ts";
import { signed } from "../../report/figures/ticks.ts";
import type { Outcome } from "../anatomy/effect.ts";
import type { NormRule } from "../anatomy/probes.ts";
import type { Table } from "./table.ts";

/**
 * A row per class: its test accuracy at each of some checkpoints, and how often the network at the last of them predicts it for the
 * test images, for the same with their pixels shuffled, and for noise.
 */
export function classTable(
  title: string,
  outcomes: readonly { readonly label: string; readonly outcome: Outcome }[],
  predicted: NormRule,
): Table {
  const classes = [...predicted.images.keys()];
  const counts = (header: string, histogram: Uint32Array) => ({
    kind: "number" as const,
    header,
    cells: [...histogram],
    format: String,
  });
  return {
    title,
    columns: [
      { kind: "text", header: "class", cells: classes.map(String) },
      ...outcomes.map(({ label, outcome }) => ({
        kind: "number" as const,
        header: `accuracy, ${label}`,
        cells: outcome.perClass,
        format: (value: number) => value.toFixed(3),
      })),
      counts("predicted for images", predicted.images),
      counts("for shuffled pixels", predicted.pixelShuffled),
      counts("for noise", predicted.gaussian),
    ],
  };
}

/** What interventions do to the accuracy of each class, a row each. */
export function classEffectTable(
  title: string,
  effects: readonly (InterventionEffect & { readonly perClass: readonly (number | null)[] })[],
): Table {
  const classes = effects[0]?.perClass ?? [];
  return {
    title,
    columns: [
      { kind: "text", header: "layer", cells: effects.map(({ group }) => group) },
      { kind: "text", header: "intervention", cells: effects.map(({ label }) => label) },
      ...classes.map((_, k) => ({
        kind: "number" as const,
        header: `class ${k}`,
        cells: effects.map(({ perClass }) => perClass[k]!),
        format: (value: number) => signed(value),
      })),
    ],
  };
}
