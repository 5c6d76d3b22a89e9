import { page } from "./page.ts";
import { GREY, INK } from "./palette.ts";
import { loadPlotter, type Plotter } from "./plotter.ts";

/** Counts of examples by true class (row) and predicted class (column). */
export interface ConfusionMatrix {
  readonly label: string;
  readonly counts: readonly (readonly number[])[];
}

export interface ConfusionFigure {
  readonly title: string;
  /** Side by side: before and after. */
  readonly matrices: readonly ConfusionMatrix[];
}

const CELL = 29;
const LEFT = 58;
const TOP = 56;
const BOTTOM = 36;
const GAP = 14;

/**
 * Confusion matrices with their counts; darker is a larger share of the row, framed cells are right. Below them the
 * examples that each class is predicted for: a skew shows there first.
 *
 * @returns a self-contained SVG file on a white ground; the same bytes for the same data.
 * @throws RangeError without a matrix, or if one is not square.
 */
export async function confusionFigure({ title, matrices }: ConfusionFigure): Promise<string> {
  if (matrices.length === 0) throw new RangeError("the figure has no matrix to show");
  for (const { label, counts } of matrices) {
    if (counts.length === 0 || counts.some((row) => row.length !== counts.length)) {
      throw new RangeError(`the confusion matrix "${label}" is not square`);
    }
  }
  const plotter = await loadPlotter();
  let x = 0;
  const panels = matrices.map((matrix) => {
    const panel = { ...drawMatrix(plotter, matrix), x, y: 0 };
    x += panel.width + GAP;
    return panel;
  });
  return page({
    title,
    subtitle: "Rows: true class; columns: predicted class. Darker: a larger share of the row. Framed: right.",
    width: Math.max(x, 480),
    height: Math.max(...panels.map(({ height }) => height)),
    panels,
  });
}

function drawMatrix(
  { Plot, draw }: Plotter,
  { label, counts }: ConfusionMatrix,
): { svg: string; width: number; height: number } {
  const classes = counts.map((_, index) => index);
  const cells = counts.flatMap((row, actual) => {
    const sum = row.reduce((total, count) => total + count, 0);
    return row.map((count, predicted) => ({ actual, predicted, count, share: sum === 0 ? 0 : count / sum }));
  });
  const total = cells.reduce((sum, { count }) => sum + count, 0);
  const right = cells.filter(({ actual, predicted }) => actual === predicted);
  const accuracy = total === 0 ? null : right.reduce((sum, { count }) => sum + count, 0) / total;
  const sums = classes.map((predicted) => ({
    predicted,
    sum: counts.reduce((sum, row) => sum + row[predicted]!, 0),
  }));
  const size = CELL * classes.length;
  const width = LEFT + size + 8;
  const height = TOP + size + BOTTOM;
  const side = { frameAnchor: "left", textAnchor: "start", dx: 16 - LEFT, fill: GREY } as const;
  const svg = draw({
    width,
    height,
    marginLeft: LEFT,
    marginRight: 8,
    marginTop: TOP,
    marginBottom: BOTTOM,
    x: { type: "band", domain: classes, padding: 0, label: null, axis: null },
    y: { type: "band", domain: classes, padding: 0, label: null, axis: null },
    marks: [
      Plot.axisX({ anchor: "top", tickSize: 0, label: null }),
      Plot.axisY({ tickSize: 0, label: null }),
      Plot.text([accuracy === null ? label : `${label}: accuracy ${accuracy.toFixed(3)}`], {
        frameAnchor: "top-left",
        textAnchor: "start",
        dy: -46,
        fontWeight: 600,
      }),
      Plot.text(["predicted"], { frameAnchor: "top-left", textAnchor: "start", dy: -28, fill: GREY }),
      Plot.text(["true"], { ...side, frameAnchor: "top-left", dy: -11 }),
      Plot.cell(cells, { x: "predicted", y: "actual", inset: 0.5, fill: ({ share }: Cell) => shade(share) }),
      Plot.cell(right, {
        x: "predicted",
        y: "actual",
        inset: 1,
        fill: "none",
        stroke: INK,
        strokeWidth: 1.1,
      }),
      Plot.text(
        cells.filter(({ count }) => count > 0),
        {
          x: "predicted",
          y: "actual",
          text: "count",
          fontSize: 10,
          fill: ({ share }: Cell) => (share > 0.5 ? "#ffffff" : INK),
        },
      ),
      Plot.text(["all"], { ...side, frameAnchor: "bottom-left", dx: -18, dy: 20 }),
      Plot.text(sums, {
        x: "predicted",
        text: "sum",
        frameAnchor: "bottom",
        dy: 20,
        fontSize: 10,
        fill: GREY,
      }),
    ],
  });
  return { svg, width, height };
}

interface Cell {
  readonly share: number;
}

/** From white to the blue of the palette, evenly in each channel. */
function shade(share: number): string {
  const channel = (full: number): string =>
    Math.round(255 + share * (full - 255))
      .toString(16)
      .padStart(2, "0");
  return share === 0 ? "#f7f7f7" : `#${channel(0x00)}${channel(0x5a)}${channel(0x9c)}`;
}
