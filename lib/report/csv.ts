import { columnsOf, toRecord } from "../analysis/columns.ts";
import type { Row } from "../analysis/row.ts";

/** The header of a CSV file with rows like this one (RFC 4180: comma, CRLF, quotes doubled). */
export function csvHeader(row: Row): string {
  return record(columnsOf(row).map(({ name }) => name));
}

/**
 * A row of a CSV file. Null is an empty field, numbers are shortest round-trip decimals, lists are joined by `;`, origins of traps are `row:column=value`,
 * reasons are `column=reason;…`, an error is `CODE: message`.
 */
export function csvRow(row: Row): string {
  const values = toRecord(row);
  return record(columnsOf(row).map(({ key, name }) => field(key, values[name])));
}

function field(key: keyof Row, value: unknown): string {
  if (value === null) return "";
  if (key === "error") {
    const { code, message } = value as NonNullable<Row["error"]>;
    return `${code}: ${message}`;
  }
  if (key === "reasons")
    return Object.entries(value as object)
      .map(([column, reason]) => `${column}=${reason}`)
      .join(";");
  if (key === "trapOrigins")
    return (value as NonNullable<Row["trapOrigins"]>)
      .map(({ kind, row, col, value }) => (kind === "entry" ? `${row}:${col}=${value}` : kind))
      .join(";");
  if (Array.isArray(value)) return value.map((element) => element ?? "").join(";");
  return String(value);
}

/** One record of a CSV file from its fields. */
export function record(fields: readonly string[]): string {
  return `${fields.map(quoted).join(",")}\r\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
