import type { LedgerEntry } from "../analysis/screen/ledger.ts";
import type { ScreenRow } from "../analysis/screen/row.ts";
import type { CoordinateCheck } from "../analysis/super-weights.ts";
import { printable } from "../solver/error.ts";
import { jsonLine } from "./json-lines.ts";
import { layOut, type TextColumn } from "./layout.ts";
import { formatNumber } from "./number.ts";

/** A row as one line of JSON, names in snake_case. */
export function screenJson(row: ScreenRow): string {
  return jsonLine(snakeCase(row));
}

function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCase(member),
    ]),
  );
}

/** Suspicious rows as a table, the largest margin first; empty for none. */
export function formatScreening(rows: readonly ScreenRow[], width = Number.POSITIVE_INFINITY): string {
  if (rows.length === 0) return "";
  const sorted = [...rows].sort((a, b) => largestMargin(b) - largestMargin(a));
  const column = (
    header: string,
    align: TextColumn["align"],
    priority: number,
    cell: (row: ScreenRow) => string,
  ): TextColumn => ({ header, align, priority, cells: sorted.map(cell) });
  return layOut(
    [
      column("name", "left", 0, ({ name }) => printable(name)),
      column("trap_margin", "right", 0, ({ trapMargin }) => formatNumber(trapMargin)),
      column("mean_margin", "right", 3, ({ meanMargin }) => formatNumber(meanMargin)),
      column("critical", "right", 2, ({ criticalMargin }) => formatNumber(criticalMargin)),
      column("predicted", "right", 1, ({ predictedTraps }) => formatNumber(predictedTraps)),
      column("confirmed", "right", 1, confirmedTraps),
      column("λ predicted", "right", 2, ({ traps: [top] }) => formatNumber(top?.lambda ?? null)),
      column("λ confirmed", "right", 2, ({ confirmed }) => formatNumber(confirmed?.lambdas[0] ?? null)),
      column("p", "right", 3, ({ traps: [top] }) => formatNumber(top?.p ?? null)),
      column("entries", "left", 1, entries),
      column("note", "left", 1, note),
    ],
    width,
  );
}

/** Those of entries, and the mean if it makes one, as the predicted ones are counted. */
function confirmedTraps({ confirmed }: ScreenRow): string {
  if (confirmed === null) return "";
  return formatNumber(confirmed.traps === null ? null : confirmed.traps + Number(confirmed.meanTrap));
}

function entries({ traps, ledger }: ScreenRow): string {
  const shown = traps.filter(({ entry }) => entry !== null).map(({ entry, value }) => ({ ...entry!, value }));
  const named: readonly Pick<LedgerEntry, "row" | "column" | "value">[] =
    shown.length > 0 ? shown : ledger.slice(0, 1);
  const texts = named.slice(0, 3).map((at) => `[${at.row}, ${at.column}] ${formatNumber(at.value)}`);
  return texts.join(", ") + (named.length > 3 ? `, … ${named.length} in all` : "");
}

function note({ error, confidence, traps, reason }: ScreenRow): string {
  const mean = traps.some(({ entry }) => entry === null) ? "mean" : "";
  const tails = confidence === "heavy_tailed" ? "heavy_tailed" : "";
  return [error?.code ?? "", reason ?? "", mean, tails].filter((part) => part !== "").join(", ");
}

function largestMargin({ error, trapMargin, meanMargin }: ScreenRow): number {
  return error !== null ? Number.POSITIVE_INFINITY : Math.max(trapMargin ?? -1, meanMargin ?? -1);
}

/** The headline of a model: how far its loudest matrix is from its first trap. */
export function formatDistance(rows: readonly ScreenRow[]): string {
  const known = rows.filter(({ distance }) => distance !== null);
  if (known.length === 0) return "distance to the first trap: unknown, no matrix could be screened\n";
  const nearest = known.reduce((a, b) => (b.distance! < a.distance! ? b : a));
  const predicted = known.filter(({ predictedTraps }) => predictedTraps! > 0);
  const traps = predicted.reduce((sum, { predictedTraps }) => sum + predictedTraps!, 0);
  const margin = Math.max(nearest.trapMargin!, nearest.meanMargin!);
  return (
    `distance to the first trap: ${formatNumber(nearest.distance!)} ` +
    `(${printable(nearest.name)}: margin ${formatNumber(margin)}, critical ${formatNumber(nearest.criticalMargin)})\n` +
    `${traps} predicted in ${predicted.length} of ${rows.length} matrices; a trap is evidence about single entries or the mean, ` +
    "a candidate: importance needs a forward pass\n"
  );
}

/** One line for each published coordinate. */
export function formatCoordinates(checks: readonly CoordinateCheck[]): string {
  return checks.map(({ message }) => `super weight ${message}\n`).join("");
}

/** Entries to keep in high precision: those of margin `least` and more, by tensor as stored; JSON text. */
export function protectList(rows: readonly ScreenRow[], least: number): string {
  const entries = rows.flatMap(({ name, tensor, ledger }) =>
    ledger
      .filter(({ margin }) => margin >= least)
      .map(({ row, column, tap, value, margin }) => ({ name, tensor, row, column, tap, value, margin })),
  );
  entries.sort((a, b) => b.margin - a.margin);
  const note = "candidates by size alone; importance needs a forward pass";
  return `${JSON.stringify({ schema: "spectrap-protect/1", note, least_margin: least, entries }, null, 2)}\n`;
}
