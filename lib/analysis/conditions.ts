import type { Row } from "./row.ts";

/** What a run may be asked to fail on. */
export const CONDITIONS = ["traps", "alpha", "errors"] as const;

export type Condition = (typeof CONDITIONS)[number];

/** `traps`: one was found, of an entry or of the mean, by the calibrated test; `alpha`: outside 2 … 6, the usual range of trained layers; `errors`: no analysis. */
const MET: Record<Condition, (row: Row) => boolean> = {
  traps: ({ traps, meanTrap }) => (traps !== null && traps > 0) || meanTrap === true,
  alpha: ({ alpha }) => alpha !== null && (alpha < 2 || alpha > 6),
  errors: ({ error }) => error !== null,
};

/** The rows that meet a condition. */
export function rowsThatMeet(condition: Condition, rows: readonly Row[]): Row[] {
  return rows.filter(MET[condition]);
}
