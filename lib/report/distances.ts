import { type DistanceRow, distanceColumns } from "../analysis/distance-row.ts";
import type { DistancePlan } from "../analysis/distances.ts";
import { printable } from "../solver/error.ts";
import { record } from "./csv.ts";
import { jsonLine } from "./json-lines.ts";
import { layOut, type TextColumn } from "./layout.ts";
import { formatNumber } from "./number.ts";

const KEYS = Object.keys(distanceColumns) as (keyof DistanceRow)[];

/** A row as one line of JSON under its column names. */
export function distanceJson(row: DistanceRow): string {
  return jsonLine(Object.fromEntries(KEYS.map((key) => [distanceColumns[key], row[key]])));
}

export function distanceCsvHeader(): string {
  return record(KEYS.map((key) => distanceColumns[key]));
}

export function distanceCsv(row: DistanceRow): string {
  const error = row.error === null ? "" : `${row.error.code}: ${row.error.message}`;
  return record(KEYS.map((key) => (key === "error" ? error : String(row[key] ?? ""))));
}

const SHOWN: [keyof DistanceRow, priority: number][] = [
  ["raw", 1],
  ["relative", 1],
  ["gapRatio", 2],
  ["percentChanged", 3],
  ["cka", 2],
  ["maxChange", 4],
];

/** Rows as an aligned table with a header. */
export function distanceTable(rows: readonly DistanceRow[], width?: number): string {
  const column = (
    header: string,
    align: "left" | "right",
    priority: number,
    cells: string[],
  ): TextColumn => ({
    header,
    align,
    priority,
    cells,
  });
  return layOut(
    [
      column(
        "name",
        "left",
        0,
        rows.map(({ name }) => printable(name)),
      ),
      column("N×M", "right", 4, rows.map(size)),
      ...SHOWN.map(([key, priority]) =>
        column(
          distanceColumns[key],
          "right",
          priority,
          rows.map((row) => formatNumber(row[key] as number | null)),
        ),
      ),
      column(
        "note",
        "left",
        2,
        rows.map(({ error }) => error?.code ?? ""),
      ),
    ],
    width,
  );
}

function size({ N, M, rf }: DistanceRow): string {
  if (N === null || M === null) return "–";
  return rf === 1 ? `${N}×${M}` : `${N}×${M}×${rf}`;
}

/** Names in one checkpoint only, up to three of each. */
export function formatUnmatched({ onlyFirst, onlySecond, first, second }: DistancePlan): string {
  const line = (names: readonly string[], location: string) => {
    if (names.length === 0) return "";
    const shown = names.slice(0, 3).map(printable).join(", ");
    return `only in ${printable(location)} (${names.length}): ${shown}${names.length > 3 ? ", …" : ""}\n`;
  };
  return line(onlyFirst, first.location) + line(onlySecond, second.location);
}

/** All pairs together, for people. */
export function formatDistances(rows: readonly DistanceRow[]): string {
  const whole = rows.filter(({ error }) => error === null);
  const total = (key: "sumDifference" | "sumFirst" | "sumSecond") =>
    whole.reduce((sum, row) => sum + row[key]!, 0);
  const scale = total("sumFirst") + total("sumSecond");
  const failed = rows.length - whole.length;
  const raw = whole.length === 0 ? null : whole.reduce((sum, row) => sum + row.raw!, 0) / whole.length;
  return (
    `${rows.length} ${rows.length === 1 ? "pair" : "pairs"}${failed > 0 ? `, ${failed} failed` : ""}; ` +
    `mean raw ${formatNumber(raw)}, gap_ratio of all ${formatNumber(scale === 0 ? null : total("sumDifference") / scale)}\n`
  );
}
