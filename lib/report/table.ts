import { columns } from "../analysis/columns.ts";
import type { Row } from "../analysis/row.ts";
import { printable } from "../solver/error.ts";
import { layOut, type TextColumn } from "./layout.ts";
import { formatNumber } from "./number.ts";

export interface TableOptions {
  /** Terminal columns; less important columns go first, then names are shortened. Default: no limit. */
  width?: number;
  /** `"worst"` puts failed rows and then the largest trap margins first. Default `"plan"`. */
  sort?: "plan" | "worst";
}

/** Numeric columns from left to right, and in which order they give way when the terminal is narrow. */
const SHOWN: [keyof Row, priority: number][] = [
  ["trapMargin", 1],
  ["meanMargin", 3],
  ["trapThreshold", 3],
  ["traps", 2],
  ["randNumSpikes", 5],
  ["alpha", 1],
  ["D", 4],
  ["numPlSpikes", 6],
  ["alphaWeighted", 7],
  ["stableRank", 5],
  ["logNorm", 8],
  ["numSpikes", 6],
  ["mpSoftrank", 7],
];

/** Rows as an aligned table with a header, one line each. */
export function formatTable(
  rows: readonly Row[],
  { width = Number.POSITIVE_INFINITY, sort = "plan" }: TableOptions = {},
): string {
  const sorted = sort === "worst" ? [...rows].sort(worstFirst) : rows;
  const text: TextColumn[] = [
    { header: "name", align: "left", priority: 0, cells: sorted.map(({ name }) => printable(name)) },
    { header: "N×M", align: "right", priority: 4, cells: sorted.map(size) },
    ...SHOWN.map(
      ([key, priority]): TextColumn => ({
        header: columns.find((column) => column.key === key)!.name,
        align: "right",
        priority,
        cells: sorted.map((row) => formatNumber(row[key] as number | null)),
      }),
    ),
    { header: "note", align: "left", priority: 2, cells: sorted.map(note) },
  ];
  return layOut(text, width);
}

function size({ N, M, rf }: Row): string {
  if (N === null || M === null) return "–";
  return rf === 1 ? `${N}×${M}` : `${N}×${M}×${rf}`;
}

/** What a reader should not miss: the error, or a trap of the mean, and the verdict on alpha and its fit, or why there is none. */
function note(row: Row): string {
  const { error, warning, reasons } = row;
  if (error !== null || warning === null) return error?.code ?? reasons.alpha ?? "";
  const parts = [row.meanTrap ? "mean trap" : "", warning, isVisiblyAmbiguous(row) ? "ambiguous fit" : ""];
  return parts.filter((part) => part !== "").join(", ");
}

/** Whether another tail may win, or alpha err in the digits that a table shows. */
function isVisiblyAmbiguous({ fitAmbiguous, fitMargin, promise, alphaError }: Row): boolean {
  return fitAmbiguous === true && (fitMargin! <= promise! || alphaError! > 1e-3);
}

/** Failed first, then by trap margin, then by how far alpha lies outside 2…6; equal ones keep the order of the plan. */
function worstFirst(a: Row, b: Row): number {
  const byError = Number(b.error !== null) - Number(a.error !== null);
  return byError || (b.trapMargin ?? -1) - (a.trapMargin ?? -1) || outside(b.alpha) - outside(a.alpha);
}

function outside(alpha: number | null): number {
  return alpha === null ? 0 : Math.max(2 - alpha, alpha - 6, 0);
}
