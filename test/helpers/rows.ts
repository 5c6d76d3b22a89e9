import type { Row } from "../../lib/analysis/row.ts";

/** Without the level of the test of traps, which is that of the whole run over its matrices. */
export function apart(row: Row): Row {
  return { ...row, trapLevel: null, trapThreshold: null };
}

/** Lines of a run folder's rows.jsonl without what only all rows together can say. */
export function withoutAdjustments(lines: string): string {
  return lines.replace(/"trap_p_holm":[^,]+,"trap_q":[^,]+,/g, "");
}
