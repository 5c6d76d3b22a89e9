import { spread } from "./labels.ts";
import { type CurvePoint, medianLine } from "./median-line.ts";
import { page } from "./page.ts";
import { colourOf, dashOf, FAINT, GREY, textColourOf } from "./palette.ts";
import type { PhaseSpan } from "./phase-span.ts";
import { phaseNames, phaseShades } from "./phases.ts";
import { loadPlotter, type Plotter } from "./plotter.ts";
import { logTicks, plain } from "./ticks.ts";

/** One quantity against step. */
export interface TrainingCurve {
  /** Stands at the end of the curve. */
  readonly label: string;
  /** A line per seed, ascending in step. Points at step 0, and on a logarithmic scale at values ≤ 0, are not shown. */
  readonly lines: readonly (readonly CurvePoint[])[];
}

/** Curves of one unit. */
export interface TrainingPanel {
  readonly label: string;
  readonly curves: readonly TrainingCurve[];
  /** Default `"linear"`. */
  readonly scale?: "linear" | "log";
  /** Default: the range of the values. */
  readonly range?: readonly [number, number];
  /** Values with a meaning, drawn as thin lines: alpha = 2. */
  readonly guides?: readonly number[];
}

export interface TrainingFigure {
  readonly title: string;
  readonly panels: readonly TrainingPanel[];
  /** Ascending; without them nothing is shaded. */
  readonly phases?: readonly PhaseSpan[];
}

const WIDTH = 760;
const LEFT = 64;
const RIGHT = 96;
const TOP = 28;
const BOTTOM = 10;
const AXIS = 34;
const [TALL, LOW] = [150, 92];

/**
 * Accuracy and measures against step (logarithmic), one panel below the other over the same steps, with the phases
 * shaded. Several seeds are faint lines with their median on top. Panels and curves without any value are left out.
 *
 * @returns a self-contained SVG file on a white ground; the same bytes for the same data.
 * @throws RangeError if no point has a step > 0 and a value.
 */
export async function trainingFigure({ title, panels, phases = [] }: TrainingFigure): Promise<string> {
  const shown = panels.map(drawable).filter(({ curves }) => curves.length > 0);
  const steps = extent(shown.flatMap(({ curves }) => curves.flatMap(pointsOf).map(({ step }) => step)));
  if (steps === undefined) throw new RangeError("no point of the figure has a step above 0 and a value");
  const plotter = await loadPlotter();
  let y = 0;
  const placed = shown.map((panel, index) => {
    const frame = { steps, phases, first: index === 0, last: index === shown.length - 1 };
    const { svg, height } = drawPanel(plotter, panel, frame);
    y += height;
    return { svg, x: 0, y: y - height };
  });
  const seeds = Math.max(...shown.flatMap(({ curves }) => curves.map(({ lines }) => lines.length)));
  const lines = seeds > 1 ? `Thin lines: ${seeds} seeds; thick: their median.` : "One seed.";
  const shades = phases.length > 0 ? " Shaded: the phases of training." : "";
  return page({ title, subtitle: `${lines}${shades}`, width: WIDTH, height: y, panels: placed });
}

interface Frame {
  readonly steps: readonly [number, number];
  readonly phases: readonly PhaseSpan[];
  readonly first: boolean;
  readonly last: boolean;
}

function drawPanel(
  { Plot, draw }: Plotter,
  { label, curves, scale = "linear", range, guides = [] }: TrainingPanel,
  { steps, phases, first, last }: Frame,
): { svg: string; height: number } {
  const log = scale === "log";
  const values = curves.flatMap(pointsOf).map(({ value }) => value!);
  const [low, high] = range ?? padded(extent(values)!, log);
  const plotHeight = Math.max(first ? TALL : LOW, 13 * curves.length);
  const top = TOP + (first && phases.length > 0 ? 16 : 0);
  const height = top + plotHeight + BOTTOM + (last ? AXIS : 0);
  const x = logTicks(...steps);
  const y = log ? logTicks(low, high, 4) : { ticks: linearTicks(values, low, high), label: plain };
  const medians = curves.map(({ lines }) => (lines.length > 1 ? medianLine(lines) : lines[0]!));
  const single = curves.length === 1;
  const svg = draw({
    width: WIDTH,
    height,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: top,
    marginBottom: height - top - plotHeight,
    x: { type: "log", domain: steps, label: null, axis: null },
    y: { type: scale, domain: [low, high], label: null, axis: null },
    marks: [
      ...phaseShades(Plot, phases, steps),
      first && phases.length > 0 ? phaseNames(Plot, phases, steps, WIDTH - LEFT - RIGHT) : null,
      Plot.gridY({ ticks: y.ticks, stroke: FAINT, strokeOpacity: 1, strokeWidth: 0.5 }),
      Plot.axisY({ ticks: y.ticks, tickFormat: y.label, tickSize: 0, label: null }),
      Plot.axisX({
        ticks: x.ticks,
        tickFormat: last ? x.label : () => "",
        tickSize: last ? 4 : 0,
        label: null,
      }),
      last ? Plot.text(["step"], { frameAnchor: "bottom", dy: AXIS, fill: GREY }) : null,
      Plot.text([label], {
        frameAnchor: "top-left",
        dx: 16 - LEFT,
        dy: -18 - (top - TOP),
        textAnchor: "start",
        fontWeight: 600,
      }),
      Plot.ruleY(
        guides.filter((guide) => guide > low && guide < high),
        { stroke: GREY, strokeWidth: 0.8, strokeDasharray: "3,2" },
      ),
      ...curves.flatMap(({ lines }, curve) =>
        lines.length > 1
          ? lines.map((line) =>
              Plot.line(line, {
                x: "step",
                y: "value",
                stroke: colourOf(curve),
                strokeWidth: 0.6,
                strokeOpacity: 0.45,
              }),
            )
          : [],
      ),
      ...medians.map((line, curve) =>
        Plot.line(line, {
          x: "step",
          y: "value",
          stroke: colourOf(curve),
          strokeWidth: 1.6,
          strokeDasharray: dashOf(curve),
          strokeLinejoin: "round",
        }),
      ),
      ...endLabels({ medians, low, high, log, height: plotHeight }).map(({ position, curve }) =>
        Plot.text(single ? [] : [curves[curve]!.label], {
          frameAnchor: "top-right",
          lineAnchor: "middle",
          textAnchor: "start",
          dx: 6,
          dy: position,
          fill: textColourOf(curve),
          fontWeight: 500,
        }),
      ),
    ],
  });
  return { svg, height };
}

interface Ends {
  readonly medians: readonly (readonly CurvePoint[])[];
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly height: number;
}

/** Where the label of each curve stands, in pixels below the top of the panel: beside its last value, apart from each other. */
function endLabels({ medians, low, high, log, height }: Ends): { position: number; curve: number }[] {
  const scale = log ? Math.log : (value: number) => value;
  const wishes = medians.map((line) => {
    const value = line.findLast((point) => point.value !== null)?.value ?? high;
    return (
      (height * (scale(high) - scale(Math.min(high, Math.max(low, value))))) / (scale(high) - scale(low))
    );
  });
  return spread(wishes, 13, 2, height - 2).map((position, curve) => ({ position, curve }));
}

/** What can stand on the axes: a gap in place of a value that a logarithmic scale has no place for. */
function drawable(panel: TrainingPanel): TrainingPanel {
  const fits = (value: number | null): boolean =>
    value !== null && Number.isFinite(value) && (panel.scale !== "log" || value > 0);
  const curves = panel.curves
    .map(({ label, lines }) => ({
      label,
      lines: lines
        .map((line) =>
          line
            .filter(({ step }) => step > 0)
            .map(({ step, value }) => ({ step, value: fits(value) ? value : null })),
        )
        .filter((line) => line.some(({ value }) => value !== null)),
    }))
    .filter(({ lines }) => lines.length > 0);
  return { ...panel, curves };
}

function pointsOf({ lines }: TrainingCurve): CurvePoint[] {
  return lines.flatMap((line) => line.filter(({ value }) => value !== null));
}

function extent(values: readonly number[]): [number, number] | undefined {
  if (values.length === 0) return undefined;
  return values.reduce(
    ([low, high], value): [number, number] => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** Counts get whole ticks, other values about four round ones. */
function linearTicks(values: readonly number[], low: number, high: number): number | number[] {
  if (high - low > 6 || !values.every(Number.isInteger)) return 4;
  return Array.from({ length: 7 }, (_, index) => Math.ceil(low) + index).filter((tick) => tick <= high);
}

/** A twentieth of the range on both sides; a range of one value becomes a unit, or on a logarithmic scale a factor of two, wide. */
function padded([low, high]: readonly [number, number], log: boolean): [number, number] {
  if (log) {
    const factor = low === high ? Math.SQRT2 : (high / low) ** 0.05;
    return [low / factor, high * factor];
  }
  const pad = low === high ? 0.5 : 0.05 * (high - low);
  return [low - pad, high + pad];
}
