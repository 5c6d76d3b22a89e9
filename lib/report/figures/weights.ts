import { page } from "./page.ts";
import { colourOf, dashOf, FAINT, GREY, textColourOf } from "./palette.ts";
import { loadPlotter, type Plotter } from "./plotter.ts";
import { plain } from "./ticks.ts";

/** The entries of one matrix at several steps. */
export interface WeightDistributions {
  readonly label: string;
  readonly curves: readonly { readonly label: string; readonly values: Float64Array }[];
}

export interface WeightFigure {
  readonly title: string;
  readonly matrices: readonly WeightDistributions[];
}

const WIDTH = 760;
const LEFT = 64;
const RIGHT = 170;
const TOP = 34;
const PLOT = 130;
const BOTTOM = 30;
const BINS = 80;

/**
 * Histograms of the entries of matrices, one panel each, a curve for each step, on a logarithmic scale: single large entries show.
 *
 * @returns a self-contained SVG file on a white ground; the same bytes for the same data.
 * @throws RangeError without a finite entry.
 */
export async function weightFigure({ title, matrices }: WeightFigure): Promise<string> {
  const plotter = await loadPlotter();
  const height = TOP + PLOT + BOTTOM;
  const panels = matrices.map((matrix, index) => ({
    svg: drawMatrix(plotter, matrix, height),
    x: 0,
    y: index * height,
  }));
  return page({
    title,
    subtitle: `Number of entries in each of ${BINS} equal intervals; where a curve is missing there are none.`,
    width: WIDTH,
    height: matrices.length * height,
    panels,
  });
}

function drawMatrix({ Plot, draw }: Plotter, { label, curves }: WeightDistributions, height: number): string {
  const range = rangeOf(curves.map(({ values }) => values));
  const histograms = curves.map(({ values }) => histogram(values, range));
  const most = Math.max(...histograms.flat().map(({ count }) => count ?? 0));
  return draw({
    width: WIDTH,
    height,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: TOP,
    marginBottom: BOTTOM,
    x: { type: "linear", domain: [range.least, range.most], label: null, axis: null },
    y: { type: "log", domain: [0.8, 2 * most], label: null, axis: null },
    marks: [
      Plot.gridY({ ticks: 3, stroke: FAINT, strokeOpacity: 1, strokeWidth: 0.5 }),
      Plot.axisY({ ticks: 3, tickFormat: plain, tickSize: 0, label: null }),
      Plot.axisX({ ticks: 8, tickSize: 4, label: null }),
      Plot.text([label], { frameAnchor: "top-left", dx: 16 - LEFT, dy: -22, fontWeight: 600 }),
      ...histograms.map((bins, index) =>
        Plot.line(bins, {
          x: "weight",
          y: "count",
          curve: "step",
          stroke: colourOf(index),
          strokeDasharray: dashOf(index),
          strokeWidth: 1.4,
        }),
      ),
      ...curves.map((curve, index) =>
        Plot.text([curve.label], {
          frameAnchor: "top-right",
          textAnchor: "start",
          dx: 10,
          dy: 4 + 16 * index,
          fill: textColourOf(index),
        }),
      ),
      Plot.text(["weight"], { frameAnchor: "bottom-right", textAnchor: "start", dx: 10, dy: 18, fill: GREY }),
    ],
  });
}

interface Range {
  readonly least: number;
  readonly most: number;
}

function rangeOf(all: readonly Float64Array[]): Range {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of all) {
    for (const value of values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  if (!Number.isFinite(most - least)) throw new RangeError("the figure has no finite entries to show");
  // Equal entries get an interval around them.
  return least < most ? { least, most } : { least: least - 0.5, most: most + 0.5 };
}

/** Counts at the middles of the intervals; undefined, which breaks a curve, of an empty one. */
function histogram(values: Float64Array, { least, most }: Range): { weight: number; count?: number }[] {
  const counts = new Uint32Array(BINS);
  const perUnit = BINS / (most - least);
  for (const value of values) counts[Math.min(BINS - 1, Math.floor((value - least) * perUnit))]!++;
  return Array.from(counts, (count, bin) => ({
    weight: least + (bin + 0.5) / perUnit,
    ...(count > 0 ? { count } : {}),
  }));
}
