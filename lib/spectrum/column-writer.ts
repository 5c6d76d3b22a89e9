import type { Reasons, WeightWatcherColumns } from "./columns.ts";
import type { Reason } from "./reason.ts";

/** Columns that may be null, or absent. */
type NullableColumn = {
  [Column in keyof WeightWatcherColumns]-?: null extends WeightWatcherColumns[Column] ? Column : never;
}[keyof WeightWatcherColumns];

/** Numeric columns that may be null. */
type NumberColumn = {
  [Column in NullableColumn]: number extends WeightWatcherColumns[Column] ? Column : never;
}[NullableColumn];

/** Collects columns, and a reason for every null among them. */
export class ColumnWriter {
  readonly columns: Partial<WeightWatcherColumns> = {};
  readonly reasons: Reasons = {};

  /** Columns that are never null here. */
  set(columns: Partial<WeightWatcherColumns>): void {
    Object.assign(this.columns, columns);
  }

  /** Numbers; what is not finite becomes null. */
  numbers(columns: Partial<Record<NumberColumn, number>>, whyNotFinite: Reason = "not_finite"): void {
    for (const [column, value] of Object.entries(columns) as [NumberColumn, number][]) {
      if (Number.isFinite(value)) this.columns[column] = value;
      else this.missing([column], whyNotFinite);
    }
  }

  missing(columns: readonly NullableColumn[], reason: Reason): void {
    for (const column of columns) {
      this.columns[column] = null;
      this.reasons[column] = reason;
    }
  }
}
