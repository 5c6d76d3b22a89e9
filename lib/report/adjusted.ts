import type { Row } from "../analysis/row.ts";
import { benjaminiHochberg, holm } from "../spectrum/index.ts";

/** What only all rows of a run together can say of one: its first trap's p-value among all of them. */
export type Adjusted = Required<Pick<Row, "trapPHolm" | "trapQ">>;

/** Of each row, in the order given; null where it has no p-value. */
export function adjustedPValues(pValues: readonly (number | null)[]): Adjusted[] {
  const known = pValues.filter((p) => p !== null);
  const [adjusted, q] = [holm(known), benjaminiHochberg(known)];
  let next = 0;
  return pValues.map((p) => {
    if (p === null) return { trapPHolm: null, trapQ: null };
    const at = next++;
    return { trapPHolm: adjusted[at]!, trapQ: q[at]! };
  });
}
