import { toRecord } from "../analysis/columns.ts";
import type { Row } from "../analysis/row.ts";

/** One line of JSON, ended. Control characters a terminal would act on are escaped, which does not change the value. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029]/g, escaped)}\n`;
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A row as one line of JSON under its column names. */
export function rowJson(row: Row): string {
  return jsonLine(toRecord(row));
}
