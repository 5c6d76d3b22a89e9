import type { Row } from "../analysis/row.ts";
import { csvHeader, csvRow } from "../report/csv.ts";
import { rowJson } from "../report/json-lines.ts";
import { formatTable } from "../report/table.ts";
import { writeOut } from "./stdout.ts";

export type Format = "table" | "json" | "csv";

/** Puts rows on standard output: JSON and CSV as they come, a table at the end, when all widths are known. */
export interface RowWriter {
  row(row: Row): Promise<void>;
  end(rows: readonly Row[]): Promise<void>;
}

export function rowWriter(format: Format, sort: "plan" | "worst"): RowWriter {
  const nothing = async () => {};
  if (format === "json") return { row: (row) => writeOut(rowJson(row)), end: nothing };
  if (format === "csv") {
    let header = true;
    return {
      row(row) {
        const text = header ? csvHeader(row) + csvRow(row) : csvRow(row);
        header = false;
        return writeOut(text);
      },
      end: nothing,
    };
  }
  const width = process.stdout.isTTY ? { width: process.stdout.columns } : {};
  return {
    row: nothing,
    end: async (rows) =>
      rows.length > 0 ? await writeOut(formatTable(rows, { ...width, sort })) : undefined,
  };
}
