export interface TextColumn {
  header: string;
  align: "left" | "right";
  /** 0 always stays; of the others the largest gives way first. */
  priority: number;
  cells: readonly string[];
}

const GAP = "  ";
/** Narrower than this a shortened first column is of no use. */
const LEAST = 12;

/** Aligns columns under their headers; columns without any text are left out, then those that do not fit. */
export function layOut(columns: readonly TextColumn[], width = Number.POSITIVE_INFINITY): string {
  let shown = columns.filter(
    ({ cells, priority }) => priority === 0 || cells.some((cell) => cell !== "" && cell !== "–"),
  );
  while (total(shown) > width && shown.some(({ priority }) => priority > 0)) {
    if (total(shown) - widthOf(shown[0]!) + Math.min(LEAST + 8, widthOf(shown[0]!)) <= width) break;
    const last = shown.reduce((least, column) => (column.priority >= least.priority ? column : least));
    shown = shown.filter((column) => column !== last);
  }
  const first = Math.max(LEAST, Math.min(widthOf(shown[0]!), width - (total(shown) - widthOf(shown[0]!))));
  const widths = shown.map((column, index) => (index === 0 ? first : widthOf(column)));
  const count = shown[0]!.cells.length;
  const lines = Array.from({ length: count + 1 }, (_, line) =>
    shown
      .map(({ header, align, cells }, index) => {
        const cell = shorten(line === 0 ? header : cells[line - 1]!, widths[index]!);
        return align === "left" ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!);
      })
      .join(GAP)
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

function total(columns: readonly TextColumn[]): number {
  return columns.reduce((sum, column) => sum + widthOf(column) + GAP.length, -GAP.length);
}

function widthOf({ header, cells }: TextColumn): number {
  return cells.reduce((most, cell) => Math.max(most, cell.length), header.length);
}

/** Keeps both ends: in names of matrices the layer is in front and the role behind. */
function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const tail = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`;
}
