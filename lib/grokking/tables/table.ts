import { record } from "../../report/csv.ts";
import { layOut } from "../../report/layout.ts";
import type { Estimate } from "../estimate.ts";

/** A column of words, of numbers, or of means with their spread. */
export type TableColumn =
  | { readonly kind: "text"; readonly header: string; readonly cells: readonly string[] }
  | NumberColumn<"number", number>
  | NumberColumn<"estimate", Estimate>;

interface NumberColumn<Kind, Cell> {
  readonly kind: Kind;
  readonly header: string;
  readonly cells: readonly (Cell | null)[];
  readonly format: Format;
}

/** How the number in a row is written for people. */
export type Format = (value: number, row: number) => string;

/** A column of numbers; null where there is none. */
export function numberColumn(header: string, cells: readonly (number | null)[], format: Format): TableColumn {
  return { kind: "number", header, cells, format };
}

/** Columns of equal length. */
export interface Table {
  readonly title: string;
  readonly columns: readonly TableColumn[];
}

const NONE = "–";

/** A GitHub-flavoured Markdown table under its title; estimates are "mean ± sd". */
export function toMarkdown({ title, columns }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    `**${title}**`,
    "",
    line(columns.map(({ header }) => header)),
    line(columns.map(({ kind }) => (kind === "text" ? "---" : "---:"))),
    ...rowsOf(columns).map(line),
    "",
  ].join("\n");
}

/** Aligned columns under the title, for a terminal; a column without any value is left out. */
export function toText({ title, columns }: Table): string {
  const text = columns.map((column) => ({
    header: column.header,
    align: column.kind === "text" ? ("left" as const) : ("right" as const),
    priority: 0,
    cells: cellsOf(column),
  }));
  return `${title}\n\n${layOut(text)}`;
}

/**
 * RFC 4180 with full digits. An estimate takes three columns: its mean, `… sd` and `… n`; what is not known is an empty field.
 */
export function toCsv({ columns }: Table): string {
  const fields = columns.flatMap((column): { header: string; cells: readonly string[] }[] => {
    if (column.kind === "text") return [column];
    if (column.kind === "number") {
      return [{ header: column.header, cells: column.cells.map((cell) => String(cell ?? "")) }];
    }
    const part = (suffix: string, key: keyof Estimate) => ({
      header: `${column.header}${suffix}`,
      cells: column.cells.map((cell) => String(cell?.[key] ?? "")),
    });
    return [part("", "mean"), part(" sd", "sd"), part(" n", "n")];
  });
  const rows = columns[0]!.cells.map((_, row) => record(fields.map(({ cells }) => cells[row]!)));
  return record(fields.map(({ header }) => header)) + rows.join("");
}

function rowsOf(columns: readonly TableColumn[]): string[][] {
  const cells = columns.map(cellsOf);
  return columns[0]!.cells.map((_, row) => cells.map((column) => column[row]!));
}

function cellsOf(column: TableColumn): readonly string[] {
  if (column.kind === "text") return column.cells;
  const { format } = column;
  if (column.kind === "number") {
    return column.cells.map((cell, row) => (cell === null ? NONE : format(cell, row)));
  }
  return column.cells.map((cell, row) => {
    if (cell === null) return NONE;
    const mean = format(cell.mean, row);
    return cell.sd === null ? mean : `${mean} ± ${format(cell.sd, row)}`;
  });
}
