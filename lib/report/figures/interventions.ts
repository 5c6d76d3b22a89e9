import { page } from "./page.ts";
import { COLOURS, GREY, INK } from "./palette.ts";
import { loadPlotter } from "./plotter.ts";
import { plain, signed } from "./ticks.ts";

/** What one change to the weights did to accuracy, over seeds or replicas. */
export interface InterventionEffect {
  /** Heading under which it stands: the layer. */
  readonly group: string;
  /** What was done: "subtract the trap". */
  readonly label: string;
  /** Accuracy after minus before. */
  readonly effect: number;
  /** Error bar, from low to high; null where one measurement was made. */
  readonly interval: readonly [number, number] | null;
  /** Something that should do nothing of note: a mode of the bulk, a random direction. */
  readonly control: boolean;
}

export interface InterventionFigure {
  readonly title: string;
  /** In the order of the figure; equal groups side by side. */
  readonly effects: readonly InterventionEffect[];
  /** What the error bars are, e.g. "sd over 5 seeds". */
  readonly intervalLabel: string;
}

const WIDTH = 760;
const LEFT = 216;
const RIGHT = 176;
const ROW = 21;
const TOP = 8;
const BOTTOM = 44;

/**
 * Signed effects of interventions on accuracy, one row each under the layer's name, with error bars and numbers.
 * Removals are filled, controls hollow.
 *
 * @returns a self-contained SVG file on a white ground; the same bytes for the same data.
 * @throws RangeError without any effect.
 */
export async function interventionFigure({
  title,
  effects,
  intervalLabel,
}: InterventionFigure): Promise<string> {
  if (effects.length === 0) throw new RangeError("the figure has no effect to show");
  const { Plot, draw } = await loadPlotter();
  const rows = placed(effects);
  const count = rows.at(-1)!.y + 1;
  const ends = effects.flatMap(({ effect, interval }) => [effect, ...(interval ?? [])]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const pad = 0.06 * (high - low || 1);
  const height = TOP + BOTTOM + count * ROW;
  const svg = draw({
    width: WIDTH,
    height,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: TOP,
    marginBottom: BOTTOM,
    x: { type: "linear", domain: [low - pad, high + pad], label: null, axis: null },
    y: { type: "linear", domain: [count - 0.5, -0.5], label: null, axis: null },
    marks: [
      Plot.gridX({ ticks: 6, strokeOpacity: 0.12, strokeWidth: 0.5 }),
      Plot.axisX({ ticks: 6, tickFormat: plain, tickSize: 4, label: null }),
      Plot.ruleX([0], { stroke: INK, strokeWidth: 0.9 }),
      Plot.text(["change of test accuracy"], { frameAnchor: "bottom", dy: 36, fill: GREY }),
      Plot.text(headings(rows), {
        y: "y",
        text: "group",
        frameAnchor: "left",
        textAnchor: "start",
        dx: 16 - LEFT,
        fontWeight: 600,
      }),
      Plot.text(rows, {
        y: "y",
        text: "label",
        frameAnchor: "left",
        textAnchor: "end",
        dx: -10,
        fill: inkOf,
      }),
      Plot.ruleY(
        rows.filter(({ interval }) => interval !== null),
        {
          y: "y",
          x1: ({ interval }: InterventionEffect) => interval![0],
          x2: ({ interval }: InterventionEffect) => interval![1],
          stroke: colour,
          strokeWidth: 1.4,
        },
      ),
      Plot.ruleX(
        rows.flatMap(({ interval, y, control }) => (interval ?? []).map((x) => ({ x, y, control }))),
        { x: "x", y1: capTop, y2: capBottom, stroke: colour, strokeWidth: 1.4 },
      ),
      Plot.dot(rows, {
        x: "effect",
        y: "y",
        r: 4,
        stroke: colour,
        strokeWidth: 1.4,
        fill: ({ control }: InterventionEffect) => (control ? "#ffffff" : COLOURS[0]),
      }),
      Plot.text(rows, {
        y: "y",
        text: inNumbers,
        frameAnchor: "right",
        textAnchor: "start",
        dx: 12,
        fill: inkOf,
      }),
    ],
  });
  return page({
    title,
    subtitle: `Filled: traps removed; hollow: controls. Bars: ${intervalLabel}.`,
    width: WIDTH,
    height,
    panels: [{ svg, x: 0, y: 0 }],
  });
}

type PlacedEffect = InterventionEffect & { readonly y: number };

/** One row each, and half a row between groups. */
function placed(effects: readonly InterventionEffect[]): PlacedEffect[] {
  let y = -1;
  return effects.map((effect, index) => {
    const turn = index > 0 && effects[index - 1]!.group !== effect.group;
    y += turn ? 1.5 : 1;
    return { ...effect, y };
  });
}

function headings(rows: readonly PlacedEffect[]): PlacedEffect[] {
  return rows.filter(({ group }, index) => index === 0 || rows[index - 1]!.group !== group);
}

function capTop({ y }: { readonly y: number }): number {
  return y - 0.17;
}

function capBottom({ y }: { readonly y: number }): number {
  return y + 0.17;
}

function colour({ control }: { readonly control: boolean }): string {
  return control ? GREY : COLOURS[0];
}

function inkOf({ control }: InterventionEffect): string {
  return control ? GREY : INK;
}

function inNumbers({ effect, interval }: InterventionEffect): string {
  const range = interval === null ? "" : ` [${signed(interval[0])}, ${signed(interval[1])}]`;
  return `${signed(effect)}${range}`;
}
