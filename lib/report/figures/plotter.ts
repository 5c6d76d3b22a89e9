import type { PlotOptions } from "@observablehq/plot";
import { INK } from "./palette.ts";
import { type SvgNode, serializeSvg } from "./svg.ts";

export type PlotModule = typeof import("@observablehq/plot");

export interface Plotter {
  readonly Plot: PlotModule;
  /** One plot as an SVG element, to be placed on a page. */
  draw(options: PlotOptions): string;
}

/**
 * Observable Plot with a document to draw in. Loaded by the first figure only: it takes about a third of a second,
 * which nobody should pay who wants a table.
 */
export async function loadPlotter(): Promise<Plotter> {
  const [Plot, { default: domino }] = await Promise.all([import("@observablehq/plot"), import("domino")]);
  const document = domino.createDocument();
  const style = { fontSize: "11px", color: INK, overflow: "visible" };
  return {
    Plot,
    draw: (options) => serializeSvg(Plot.plot({ style, ...options, document }) as unknown as SvgNode),
  };
}
