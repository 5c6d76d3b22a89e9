import type { PhaseName } from "../../report/figures/phase-span.ts";
import { plain } from "../../report/figures/ticks.ts";
import type { TrapAnatomy } from "../anatomy/anatomy.ts";
import type { NearestImage } from "../anatomy/nearest-image.ts";
import type { Estimate } from "../estimate.ts";
import { type Format, numberColumn, type Table } from "./table.ts";

/** A matrix at a step, its largest trap and its prototype. */
export interface LayerAnatomy {
  readonly phase: PhaseName;
  readonly step: number;
  readonly layer: string;
  /** Null if it cannot be tested. */
  readonly traps: number | null;
  /** Of the largest trap, with its eigenvalue over the upper edge of the bulk; null without one. */
  readonly trap: (TrapAnatomy & { readonly strength: number }) | null;
  /** Jensen–Shannon divergence over the probes, in nats, of the network without that trap; the last is a control. */
  readonly divergence: Readonly<Record<"subtract" | "replace" | "random_rank_one", Estimate>> | null;
  /** The training image nearest to the prototype; null of a network that reads no images. */
  readonly nearest: NearestImage | null;
}

/** What traps are made of, a row per phase and layer, and what the network holds of its training images if it reads any. */
export function anatomyTable(title: string, rows: readonly LayerAnatomy[]): Table {
  const number = (
    header: string,
    cell: (row: LayerAnatomy) => number | null | undefined,
    format: Format = plain,
  ) =>
    numberColumn(
      header,
      rows.map((row) => cell(row) ?? null),
      format,
    );
  const whole = (header: string, cell: (row: LayerAnatomy) => number | null | undefined) =>
    number(header, cell, (value) => value.toFixed(0));
  const divergence = (header: string, key: keyof NonNullable<LayerAnatomy["divergence"]>) => ({
    kind: "estimate" as const,
    header,
    cells: rows.map(({ divergence }) => divergence?.[key] ?? null),
    format: plain,
  });
  const text = (header: string, cell: (row: LayerAnatomy) => string) => ({
    kind: "text" as const,
    header,
    cells: rows.map(cell),
  });
  return {
    title,
    columns: [
      text("phase", ({ phase }) => phase),
      whole("step", ({ step }) => step),
      text("layer", ({ layer }) => layer),
      whole("traps", ({ traps }) => traps),
      text("kind", ({ trap }) => trap?.kind ?? ""),
      number("λ_max/edge", ({ trap }) => trap?.strength),
      number("mean share", ({ trap }) => trap?.meanShare),
      number("kurtosis", ({ trap }) => trap?.kurtosis),
      number("top 5% mass", ({ trap }) => trap?.top5),
      whole("participation", ({ trap }) => trap?.participation),
      divergence("J, subtract", "subtract"),
      divergence("J, replace", "replace"),
      divergence("J, random mode", "random_rank_one"),
      ...(rows.every(({ nearest }) => nearest === null)
        ? []
        : [
            whole("nearest image", ({ nearest }) => nearest?.index),
            whole("its class", ({ nearest }) => nearest?.label),
            number("cosine", ({ nearest }) => nearest?.cosine),
            number("shuffled cosine", ({ nearest }) => nearest?.nullCosine),
            number("p", ({ nearest }) => nearest?.p),
          ]),
    ],
  };
}
