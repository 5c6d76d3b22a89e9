import {
  type MarchenkoPasturLaw,
  marchenkoPasturDensity,
  marchenkoPasturEdges,
} from "../../spectrum/marchenko-pastur.ts";
import { page } from "./page.ts";
import { COLOURS, FAINT, GREY, INK, textColourOf } from "./palette.ts";
import { loadPlotter } from "./plotter.ts";
import { logTicks, plain } from "./ticks.ts";

/** Spectra of one weight matrix; eigenvalues are those of WᵀW, in any order. */
export interface EsdFigure {
  readonly title: string;
  readonly eigenvalues: ArrayLike<number>;
  /** Of the element-wise shuffled copy, or of several pooled. */
  readonly shuffled?: ArrayLike<number>;
  /** The law fitted to the shuffled copy. */
  readonly bulk?: MarchenkoPasturLaw;
  /** Eigenvalues of the shuffled copy above this are traps. */
  readonly trapThreshold?: number;
  readonly tail?: { readonly alpha: number; readonly xmin: number };
}

const WIDTH = 760;
const HEIGHT = 340;
const LEFT = 64;
const RIGHT = 24;
const TOP = 46;
const BOTTOM = 46;
/** Below this share of the largest an eigenvalue is rounding, or would make the axis mostly empty. */
const SMALLEST = 1e-8;

/**
 * Empirical spectral density of a weight matrix on logarithmic axes: a histogram (bars), the shuffled copy (outline)
 * with its Marchenko–Pastur density, the power law of the tail from xmin, and the traps.
 *
 * Densities are per decade of the eigenvalue: p(λ)·λ·ln 10. The law of the tail is scaled to the share of eigenvalues ≥ xmin.
 *
 * @returns a self-contained SVG file on a white ground; the same bytes for the same data.
 * @throws RangeError if no eigenvalue is above zero.
 */
export async function esdFigure(figure: EsdFigure): Promise<string> {
  const { title, bulk, trapThreshold, tail } = figure;
  const eigenvalues = Float64Array.from(figure.eigenvalues);
  const shuffled = Float64Array.from(figure.shuffled ?? []);
  const largest = Math.max(maximum(eigenvalues), maximum(shuffled));
  if (!(largest > 0)) throw new RangeError("no eigenvalue of the figure is above zero");
  const least = SMALLEST * largest;
  const shown = eigenvalues.filter((value) => value >= least);
  const low = Math.min(minimum(shown), minimum(shuffled.filter((value) => value >= least)));
  const bins = binning(low, largest, Math.max(eigenvalues.length, shuffled.length));
  const bars = density(eigenvalues, bins);
  const outline = density(shuffled, bins);
  const floor = 0.5 / (Math.max(eigenvalues.length, shuffled.length) * bins.width);
  const ceiling = 2 * Math.max(...bars.map(({ y }) => y), ...outline.map(({ y }) => y));
  const traps = trapThreshold === undefined ? [] : marked(shuffled, trapThreshold, outline);

  const { Plot, draw } = await loadPlotter();
  const x = logTicks(bins.low, bins.high, 10);
  const y = logTicks(floor, ceiling, 6);
  const law = bulk === undefined ? [] : bulkCurve(bulk, floor);
  const tailShare =
    tail === undefined ? 0 : eigenvalues.filter((value) => value >= tail.xmin).length / eigenvalues.length;
  const line = tail === undefined ? [] : tailCurve(tail, tailShare, maximum(eigenvalues), floor);
  const svg = draw({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: TOP,
    marginBottom: BOTTOM,
    x: { type: "log", domain: [bins.low, bins.high], label: null, axis: null },
    y: { type: "log", domain: [floor, ceiling], label: null, axis: null },
    marks: [
      Plot.gridY({ ticks: y.ticks, stroke: FAINT, strokeOpacity: 1, strokeWidth: 0.5 }),
      Plot.axisY({ ticks: y.ticks, tickFormat: y.label, tickSize: 0, label: null }),
      Plot.axisX({ ticks: x.ticks, tickFormat: x.label, tickSize: 4, label: null }),
      Plot.text(["eigenvalue of WᵀW"], { frameAnchor: "bottom", dy: 36, fill: GREY }),
      Plot.text(["share of eigenvalues per decade"], {
        frameAnchor: "top-left",
        textAnchor: "start",
        dx: 16 - LEFT,
        dy: -38,
        fontWeight: 600,
      }),
      Plot.rect(
        bars.filter(({ y }) => y > 0),
        {
          x1: "x1",
          x2: "x2",
          y1: floor,
          y2: "y",
          fill: COLOURS[4],
          fillOpacity: 0.55,
          stroke: COLOURS[0],
          strokeWidth: 0.5,
        },
      ),
      Plot.line(outlinePoints(outline, floor), { x: "x", y: "y", stroke: GREY, strokeWidth: 1.1 }),
      Plot.line(law, { x: "x", y: "y", stroke: INK, strokeWidth: 1.8, strokeDasharray: "2,2" }),
      Plot.line(line, { x: "x", y: "y", stroke: COLOURS[1], strokeWidth: 1.8, strokeDasharray: "7,3" }),
      tail === undefined
        ? null
        : [
            Plot.ruleX([tail.xmin], { stroke: COLOURS[1], strokeWidth: 0.8 }),
            Plot.text([`xmin, alpha = ${plain(tail.alpha)} →`], {
              x: tail.xmin,
              frameAnchor: "top",
              textAnchor: "start",
              dx: 4,
              dy: 4,
              fill: textColourOf(1),
              fontWeight: 500,
            }),
          ],
      trapThreshold === undefined || trapThreshold < bins.low || trapThreshold > bins.high
        ? null
        : [
            Plot.ruleX([trapThreshold], { stroke: INK, strokeWidth: 0.8, strokeDasharray: "3,2" }),
            Plot.text(["trap threshold"], { x: trapThreshold, frameAnchor: "top", dy: -12 }),
          ],
      traps.length === 0
        ? null
        : [
            Plot.dot(traps, { x: "x", y: "y", dy: -8, symbol: "triangle", rotate: 180, r: 4.5, fill: INK }),
            Plot.text([trapCount(traps.length)], { ...traps.at(-1)!, dy: -20, fontWeight: 600 }),
          ],
    ],
  });
  const hidden = eigenvalues.length - shown.length;
  const subtitle = [
    "Bars: the matrix.",
    shuffled.length > 0 ? "Grey outline: its shuffled copy" : "",
    bulk === undefined ? (shuffled.length > 0 ? "." : "") : ", dotted: the Marchenko–Pastur law.",
    tail === undefined ? "" : " Dashed: the power law of the tail.",
    traps.length > 0 ? " Triangles: traps." : "",
    hidden > 0
      ? ` Not shown: ${hidden} of ${eigenvalues.length} eigenvalues, below 10⁻⁸ of the largest.`
      : "",
  ];
  return page({
    title,
    subtitle: subtitle.join(" ").replaceAll(" ,", ",").replaceAll(" .", ".").replaceAll(/ +/g, " ").trim(),
    width: WIDTH,
    height: HEIGHT,
    panels: [{ svg, x: 0, y: 0 }],
  });
}

/** The traps in ascending order, each on top of its bar. */
function marked(shuffled: Float64Array, threshold: number, bars: readonly Bar[]): Point[] {
  return [...shuffled.filter((value) => value > threshold).sort()].map((x) => ({
    x,
    y: bars.find(({ x1, x2 }) => x >= x1 && x < x2)!.y,
  }));
}

function trapCount(count: number): string {
  return count === 1 ? "1 trap" : `${count} traps`;
}

interface Bins {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** In decades. */
  readonly width: number;
}

/** Ten bins a decade, twenty for many values, with room for half a bin at both ends. */
function binning(low: number, high: number, values: number): Bins {
  const perDecade = values < 500 ? 10 : 20;
  const first = Math.floor(Math.log10(low) * perDecade - 0.5);
  const last = Math.ceil(Math.log10(high) * perDecade + 0.5);
  return {
    low: 10 ** (first / perDecade),
    high: 10 ** (last / perDecade),
    count: last - first,
    width: 1 / perDecade,
  };
}

interface Bar {
  readonly x1: number;
  readonly x2: number;
  readonly y: number;
}

/** Shares per decade, of all the values, also of those that no bin holds. */
function density(values: Float64Array, { low, count, width }: Bins): Bar[] {
  const counts = new Array<number>(count).fill(0);
  for (const value of values) {
    const bin = Math.floor(Math.log10(value / low) / width);
    if (bin >= 0 && bin < count) counts[bin]! += 1;
  }
  return counts.map((inBin, bin) => ({
    x1: low * 10 ** (bin * width),
    x2: low * 10 ** ((bin + 1) * width),
    y: values.length === 0 ? 0 : inBin / values.length / width,
  }));
}

interface OutlinePoint {
  readonly x: number;
  readonly y: number | null;
}

/** Both upper corners of every bar, with breaks where there is none. */
function outlinePoints(bars: readonly Bar[], floor: number): OutlinePoint[] {
  return bars.flatMap(({ x1, x2, y }, index): OutlinePoint[] => {
    if (y === 0) return [{ x: x1, y: null }];
    const starts = (bars[index - 1]?.y ?? 0) === 0;
    const ends = (bars[index + 1]?.y ?? 0) === 0;
    return [
      ...(starts ? [{ x: x1, y: floor }] : []),
      { x: x1, y },
      { x: x2, y },
      ...(ends ? [{ x: x2, y: floor }] : []),
    ];
  });
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function bulkCurve(law: MarchenkoPasturLaw, floor: number): Point[] {
  const { lower, upper } = marchenkoPasturEdges(law);
  // sin² runs evenly through both edges, where the density has roots.
  return Array.from({ length: 199 }, (_, index) => {
    const x = lower + (upper - lower) * Math.sin(((index + 1) / 200) * (Math.PI / 2)) ** 2;
    return { x, y: marchenkoPasturDensity(x, law) * x * Math.LN10 };
  }).filter(({ y }) => y >= floor);
}

/** (alpha − 1)/xmin·(λ/xmin)^−alpha, times λ·ln 10: straight on these axes. */
function tailCurve(
  { alpha, xmin }: NonNullable<EsdFigure["tail"]>,
  share: number,
  last: number,
  floor: number,
): Point[] {
  const start = share * (alpha - 1) * Math.LN10;
  if (!(start > floor)) return [];
  const reach = Math.min(last, xmin * (start / floor) ** (1 / (alpha - 1)));
  return [xmin, reach].map((x) => ({ x, y: start * (x / xmin) ** (1 - alpha) }));
}

function maximum(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

function minimum(values: Float64Array): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}
