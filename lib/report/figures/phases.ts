import type { Markish } from "@observablehq/plot";
import { GREY } from "./palette.ts";
import type { PhaseName, PhaseSpan } from "./phase-span.ts";
import type { PlotModule } from "./plotter.ts";

/** Light enough for ink to be read on, and of three lightnesses. */
const SHADES: Record<PhaseName, string> = {
  "pre-grokking": "#f5f5f5",
  grokking: "#e0f0ea",
  "anti-grokking": "#f7dfd2",
};

/** Shades of a panel behind everything else, cut to the steps that are shown. */
export function phaseShades(
  Plot: PlotModule,
  spans: readonly PhaseSpan[],
  steps: readonly [number, number],
): Markish[] {
  const shown = visible(spans, steps);
  return [
    Plot.rectX(shown, { x1: "from", x2: "to", fill: ({ phase }: PhaseSpan) => SHADES[phase] }),
    Plot.ruleX(shown.slice(1), { x: "from", stroke: GREY, strokeWidth: 0.6, strokeDasharray: "2,2" }),
  ];
}

/** Names of the phases above a panel `width` pixels wide; a name shortens, then goes, where its phase is narrow. */
export function phaseNames(
  Plot: PlotModule,
  spans: readonly PhaseSpan[],
  steps: readonly [number, number],
  width: number,
): Markish {
  const decades = Math.log(steps[1] / steps[0]);
  const names = visible(spans, steps).map(({ phase, from, to }) => {
    const pixels = (width * Math.log(to / from)) / decades;
    const fits = [phase, phase.replace("-grokking", "")].find((name) => 6.5 * name.length <= pixels);
    return { step: Math.sqrt(from * to), name: fits ?? "" };
  });
  return Plot.text(names, { x: "step", text: "name", frameAnchor: "top", dy: -14, fill: GREY });
}

function visible(spans: readonly PhaseSpan[], [first, last]: readonly [number, number]): PhaseSpan[] {
  return spans
    .map(({ phase, from, to }) => ({ phase, from: Math.max(from, first), to: Math.min(to, last) }))
    .filter(({ from, to }) => from < to);
}
