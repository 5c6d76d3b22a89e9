import { page } from "./page.ts";
import { COLOURS, FAINT, GREY, INK } from "./palette.ts";
import { loadPlotter, type Plotter } from "./plotter.ts";
import { plain } from "./ticks.ts";

/** Energy of one matrix over the frequencies of its tokens. */
export interface FourierSpectrum {
  readonly label: string;
  /** Of frequencies 1, 2, …; the constant is not among them. */
  readonly energy: readonly number[];
}

export interface FourierFigure {
  readonly title: string;
  readonly spectra: readonly FourierSpectrum[];
  /** At most so many of the largest carry their frequency as a label. Default 6. */
  readonly named?: number;
}

const WIDTH = 760;
const LEFT = 64;
const RIGHT = 24;
const TOP = 34;
const PLOT = 84;
const AXIS = 40;

/**
 * Energy against frequency, one panel for each matrix or checkpoint, on common scales; the largest of those above twice the mean are dark and
 * named.
 *
 * @returns a self-contained SVG file on a white ground; the same bytes for the same data.
 * @throws RangeError without a frequency.
 */
export async function fourierFigure({ title, spectra, named = 6 }: FourierFigure): Promise<string> {
  const frequencies = Math.max(0, ...spectra.map(({ energy }) => energy.length));
  if (frequencies === 0) throw new RangeError("the figure has no frequency to show");
  const most = Math.max(...spectra.flatMap(({ energy }) => energy));
  const plotter = await loadPlotter();
  let y = 0;
  const panels = spectra.map((spectrum, index) => {
    const last = index === spectra.length - 1;
    const { svg, height } = drawSpectrum(plotter, spectrum, { frequencies, most, named, last });
    y += height;
    return { svg, x: 0, y: y - height };
  });
  return page({
    title,
    subtitle: `Energy per frequency of the tokens, without the constant. Dark: the largest above twice the mean.`,
    width: WIDTH,
    height: y,
    panels,
  });
}

interface Frame {
  readonly frequencies: number;
  readonly most: number;
  readonly named: number;
  readonly last: boolean;
}

function drawSpectrum(
  { Plot, draw }: Plotter,
  { label, energy }: FourierSpectrum,
  { frequencies, most, named, last }: Frame,
): { svg: string; height: number } {
  const bars = energy.map((value, index) => ({ frequency: index + 1, value }));
  const mean = energy.reduce((sum, value) => sum + value, 0) / energy.length;
  const largest = bars
    .filter(({ value }) => value > 2 * mean)
    .sort((a, b) => b.value - a.value || a.frequency - b.frequency)
    .slice(0, named);
  const rest = bars.filter((bar) => !largest.includes(bar));
  const height = TOP + PLOT + (last ? AXIS : 6);
  const bar = { x1: left, x2: rightOf, y1: 0, y2: "value" } as const;
  const svg = draw({
    width: WIDTH,
    height,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: TOP,
    marginBottom: height - TOP - PLOT,
    x: { type: "linear", domain: [0.5, frequencies + 0.5], label: null, axis: null },
    y: { type: "linear", domain: [0, most > 0 ? 1.05 * most : 1], label: null, axis: null },
    marks: [
      Plot.gridY({ ticks: 3, stroke: FAINT, strokeOpacity: 1, strokeWidth: 0.5 }),
      Plot.axisY({ ticks: 3, tickFormat: plain, tickSize: 0, label: null }),
      last ? Plot.axisX({ ticks: 10, tickSize: 4, label: null }) : null,
      last ? Plot.text(["frequency"], { frameAnchor: "bottom", dy: 36, fill: GREY }) : null,
      Plot.text([label], {
        frameAnchor: "top-left",
        textAnchor: "start",
        dx: 16 - LEFT,
        dy: -22,
        fontWeight: 600,
      }),
      Plot.rect(rest, { ...bar, fill: COLOURS[4], fillOpacity: 0.7 }),
      Plot.rect(largest, { ...bar, fill: COLOURS[0] }),
      Plot.ruleY([0], { stroke: INK, strokeWidth: 0.8 }),
      Plot.text(largest, {
        x: "frequency",
        y: "value",
        text: "frequency",
        dy: -7,
        fontSize: 10,
        fontWeight: 500,
        stroke: "white",
        fill: INK,
      }),
    ],
  });
  return { svg, height };
}

function left({ frequency }: { frequency: number }): number {
  return frequency - 0.38;
}

function rightOf({ frequency }: { frequency: number }): number {
  return frequency + 0.38;
}
