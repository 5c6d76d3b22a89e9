import type { Row } from "../analysis/row.ts";
import { benjaminiHochberg, holm } from "../spectrum/index.ts";

/** What only all rows of a run together can say of one: its first trap's p-value among all of them. */
export type Adjusted = Required<Pick<Row, "trapPHolm" | "trapQ">>;

/**
 * Of each row, in the order given; null where it has no p-value. A matrix whose traps were only predicted counts among all
 * those that were tested, with a p-value of 1: what was decomposed was chosen by its entries, and would look better alone.
 */
export function adjustedPValues(rows: readonly Pick<Row, "trapP" | "trapEvidence">[]): Adjusted[] {
  const tested = rows.filter(({ trapP, trapEvidence }) => trapP !== null || trapEvidence === "predicted");
  const pValues = tested.map(({ trapP }) => trapP ?? 1);
  const [adjusted, q] = [holm(pValues), benjaminiHochberg(pValues)];
  const at = new Map(tested.map((row, index) => [row, index]));
  return rows.map((row) =>
    row.trapP === null
      ? { trapPHolm: null, trapQ: null }
      : { trapPHolm: adjusted[at.get(row)!]!, trapQ: q[at.get(row)!]! },
  );
}
