import { toRecord } from "../analysis/columns.ts";
import type { Row } from "../analysis/row.ts";
import { visibleJson } from "../solver/error.ts";

/** One line of JSON, ended; safe to show on a terminal. */
export function jsonLine(value: unknown): string {
  return `${visibleJson(value)}\n`;
}

/** A row as one line of JSON under its column names. */
export function rowJson(row: Row): string {
  return jsonLine(toRecord(row));
}
